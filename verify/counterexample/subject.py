"""What a claim fails on, as exact text and back: each subject writes and reads its own cases."""

from __future__ import annotations

from typing import Any

from verify.case import Case
from verify.claim import Claim
from verify.errors import VerifyError
from verify.families import subject_of_kind
from verify.hexadecimal import to_hex

__all__ = ["case_of", "stored_subject"]


def stored_subject(claim: Claim, case: Case) -> dict[str, Any]:
    """The JSON of a single case: its kind, and what its subject stores."""
    stored = claim.subject.stored
    if stored is not None:
        return {"kind": claim.subject.kind, **stored(claim, case)}
    values = {name: to_hex(value) for name, value in case.tensors().items()}
    return {"kind": claim.subject.kind, **case.meta(), "values": values}


def case_of(data: dict[str, Any], label: str = "") -> Case:
    """The case that `stored_subject` described.

    Raises:
        VerifyError, NumericsError: it is damaged, or of a kind that no family knows.
    """
    if not isinstance(data, dict) or not isinstance(data.get("kind"), str):
        raise VerifyError("subject", "no kind", "the subject of a counterexample file")
    subject = subject_of_kind(data["kind"])
    if subject.parse is None:
        raise VerifyError("kind", repr(subject.kind), "a kind whose cases can be read back")
    try:
        return subject.parse({k: v for k, v in data.items() if k != "kind"}, label)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        found = f"a damaged {subject.kind} ({type(error).__name__} {str(error)[:60]})"
        raise VerifyError("subject", found, "a whole counterexample file") from error
