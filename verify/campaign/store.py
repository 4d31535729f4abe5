"""The database of a campaign: SQLite, one short transaction for each finished item.

A process killed at any moment leaves a journal that SQLite rolls back by itself: an item is stored
whole or not at all. Every result carries its digest, so a damaged one is noticed, not believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from verify.errors import VerifyError

APPLICATION, SCHEMA = 0x504C4D42, 1
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE items (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);
CREATE TABLE results (
    item INTEGER PRIMARY KEY REFERENCES items (id),
    body TEXT NOT NULL, digest TEXT NOT NULL, seconds REAL NOT NULL);
"""
_WHOLE = "a whole campaign database; restore a copy, or start a new one"
_ROOM = "a disk with room; what was finished is stored, so run the same command again"


class Store:
    """An open campaign database."""

    def __init__(self, path: str | os.PathLike[str], connection: sqlite3.Connection) -> None:
        self.path, self._connection = Path(path), connection

    def meta(self) -> dict[str, str]:
        """The plan, versions and claims, as they were when the campaign was made.

        Raises:
            VerifyError: they or the items are damaged.
        """
        with translated(self.path):
            found = dict(self._connection.execute("SELECT key, value FROM meta"))
        if found.pop("digest", "") != _plan_digest(found, self.items()):
            raise VerifyError("database", f"{self.path}: its plan is damaged", _WHOLE)
        return found

    def finished(self) -> dict[int, str]:
        """Item number -> the result's text, in order, each checked against its digest.

        Raises:
            VerifyError: a result is damaged.
        """
        return dict(self._results())

    def finished_items(self) -> set[int]:
        """The numbers of finished items; every result is checked and none is kept in memory.

        Raises:
            VerifyError: a result is damaged.
        """
        return {item for item, _ in self._results()}

    def _results(self) -> Iterator[tuple[int, str]]:
        with translated(self.path):
            rows = self._connection.execute("SELECT item, body, digest FROM results ORDER BY item")
            for item, body, digest in rows:
                if _digest(item, body) != digest:
                    raise VerifyError("database", f"{self.path}: item {item} is damaged", _WHOLE)
                yield item, body

    def seconds(self) -> float:
        """Time spent on all finished items."""
        with translated(self.path):
            row = self._connection.execute("SELECT TOTAL(seconds) FROM results").fetchone()
            return float(row[0])

    def items(self) -> list[str]:
        """The items of the plan in order, as text."""
        with translated(self.path):
            rows = self._connection.execute("SELECT body FROM items ORDER BY id")
            return [body for (body,) in rows]

    def create(self, meta: Mapping[str, str], items: Sequence[str]) -> None:
        """Write plan and items in one transaction."""
        with translated(self.path), self._transaction():
            for statement in _TABLES.split(";"):
                self._connection.execute(statement)
            signed = dict(meta) | {"digest": _plan_digest(meta, items)}
            self._connection.executemany("INSERT INTO meta VALUES (?, ?)", signed.items())
            self._connection.executemany("INSERT INTO items VALUES (?, ?)", enumerate(items))
            self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {SCHEMA}")

    def add(self, item: int, body: str, seconds: float) -> None:
        """Store one finished item; it must not have been stored before.

        Raises:
            VerifyError: the disk is full or the database damaged; earlier items are unharmed.
        """
        with translated(self.path), self._transaction():
            row = (item, body, _digest(item, body), seconds)
            self._connection.execute("INSERT INTO results VALUES (?, ?, ?, ?)", row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _digest(item: int, body: str) -> str:
    return hashlib.sha256(f"{item}\n{body}".encode()).hexdigest()


def _plan_digest(meta: Mapping[str, str], items: Sequence[str]) -> str:
    text = json.dumps([sorted(meta.items()), list(items)])
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def opened(path: str | os.PathLike[str], *, new: bool = False) -> Iterator[Store]:
    """Open a campaign database, checked; with `new`, an empty or missing file is accepted.

    Raises:
        VerifyError: missing, damaged, or not a campaign database.
    """
    file = Path(path)
    if not new and not file.is_file():
        raise VerifyError("database", f"no file {file}", "the database of a campaign")
    with translated(file):
        connection = sqlite3.connect(file, timeout=30.0, isolation_level=None)
    try:
        with translated(file):
            connection.execute("PRAGMA synchronous = FULL")
            _check(file, connection, new)
        yield Store(file, connection)
    finally:
        connection.close()


def is_empty(store: Store) -> bool:
    """No campaign in it yet (also after a run killed before its plan was stored)."""
    with translated(store.path):
        return store._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0


def _check(file: Path, connection: sqlite3.Connection, new: bool) -> None:
    tables = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if not tables:
        with file.open("rb") as stream:
            if stream.read(16) not in (b"", b"SQLite format 3\x00"):
                raise VerifyError("database", f"{file} is damaged (no SQLite header)", _WHOLE)
        if not new:
            raise VerifyError("database", f"{file} holds no campaign", "one that `run` has begun")
        return
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (application, version) != (APPLICATION, SCHEMA):
        found = f"{file}, an SQLite file of another program or version"
        raise VerifyError("database", found, f"a campaign database of version {SCHEMA}")
    answer = connection.execute("PRAGMA quick_check").fetchone()[0]
    if answer != "ok":
        raise VerifyError("database", f"{file} is damaged ({answer[:80]})", _WHOLE)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as VerifyError, saying what happened to the finished work."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "decode" in text or "no such" in text:
            raise VerifyError("database", f"{path} is damaged ({text[:60]})", _WHOLE) from error
        accepted = _ROOM if "full" in text or "I/O" in text else "a file this user can write"
        raise VerifyError("database", f"{path} ({text})", accepted) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise VerifyError("database", f"{path} is damaged ({error})", _WHOLE) from error


@contextmanager
def locked(path: str | os.PathLike[str]) -> Iterator[None]:
    """Keep other runs away from a database; readers are not kept away.

    The lock is SQLite's own, on a file beside the database, so it works on every system and ends
    with the process however that ends.

    Raises:
        VerifyError: another run holds it, or the folder cannot be written.
    """
    file = Path(path)
    guard = file.with_name(f".{file.name}.lock")
    with translated(guard):
        connection = sqlite3.connect(guard, timeout=0.0, isolation_level=None)
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise VerifyError("database", f"{file} ({error})", "a writable folder") from error
            found = f"{file}, which another run is using"
            raise VerifyError("database", found, "one run at a time (`status` works)") from error
        yield
    finally:
        connection.close()
