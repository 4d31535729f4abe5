"""The claims a user's Python file defines."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

from verify.claim import Claim
from verify.errors import VerifyError


def load_claims(path: str | os.PathLike[str]) -> dict[str, Claim]:
    """Run a Python file and collect the `Claim`s among its module-level names.

    Parameters
    ----------
    path : path-like
        The file. It is executed.

    Returns
    -------
    dict of str to Claim
        By the claim's name.

    Raises
    ------
    VerifyError
        The file is missing, fails to run, or defines no claim or two of one name.

    Examples
    --------
    >>> import tempfile, verify
    >>> from pathlib import Path
    >>> text = "import verify; mine = verify.Claim.of('mine', 'output_magnitude', 1)"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "claims.py"
    ...     _ = path.write_text(text)
    ...     list(verify.load_claims(path))
    ['mine']
    """
    file = Path(path)
    if not file.is_file():
        raise VerifyError("claims file", str(file), "a Python file")
    module = ModuleType(f"claims_{file.stem}")
    module.__file__ = str(file)
    try:
        # the text itself: an import would take what it compiled of a file of this size and second
        exec(compile(file.read_bytes(), str(file), "exec"), vars(module))
    except Exception as error:
        trouble = f"{file}: {type(error).__name__}: {error}"
        raise VerifyError("claims file", trouble, "a Python file that runs") from error
    found: dict[str, Claim] = {}
    for value in vars(module).values():
        if isinstance(value, Claim) and found.setdefault(value.name, value) is not value:
            raise VerifyError("claims file", f"two claims named {value.name!r}", "one of a name")
    if not found:
        raise VerifyError("claims file", f"no claim in {file}", "a module-level verify.Claim")
    return found
