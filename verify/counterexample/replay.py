"""A counterexample as a test that fails for as long as the claim is wrong."""

from __future__ import annotations

import re

from verify.check import check
from verify.claim import Claim
from verify.counterexample.files import Counterexample, parse
from verify.counterexample.readable import describe
from verify.families import all_claims, all_controls, named
from verify.own.load import load_claims
from verify.ratios import ratio_text
from verify.verdict import Verdict

_TEMPLATE = '''"""Made by `python -m verify.counterexample pytest`: a claim that fails here."""

from verify.counterexample import assert_holds

{described}
STORED = (
{stored}
)


def test_{slug}_holds_at_the_stored_counterexample():
    assert_holds(STORED{source})
'''


def find_claim(name: str, source: str | None = None) -> Claim:
    """The claim of that name in a Python file of the user's, or among the shipped ones.

    Raises:
        VerifyError: there is none.
    """
    if source is not None:
        return named(name, load_claims(source))
    known = all_claims()
    if name not in known:
        known |= {control.name: control.claim for control in all_controls()}
    return named(name, known)


def assert_holds(stored: str, *, claims_file: str | None = None) -> None:
    """Check the claim, as it stands now, at a stored counterexample.

    Raises:
        AssertionError: the claim is violated there.
        VerifyError: the text is damaged, or there is no such claim.
    """
    found = parse(stored)
    case = found.case()
    result = check(find_claim(found.name, claims_file), case)
    if result.verdict is Verdict.VIOLATED:
        ratio = float(result.ratios.max())
        raise AssertionError(f"{found.name} is violated: truth/bound = {ratio_text(ratio, 9)} at\n"
                             + describe(case))  # fmt: skip


def pytest_source(found: Counterexample, claims_file: str | None = None) -> str:
    """A self-contained pytest file; `claims_file` is where the user's claim is defined.

    Text of the counterexample stands in it as quoted constants and in comments of printable ASCII,
    so that no file can bring code along.
    """
    said = f"{found.name}: truth / right side = {found.claimed['ratio']}\n{describe(found.case())}"
    slug = re.sub(r"\W+", "_", found.name.lower(), flags=re.ASCII).strip("_") or "claim"
    return _TEMPLATE.format(
        described="\n".join(_comment(line) for line in said.split("\n")),
        stored="\n".join(f"    {line!a}" for line in found.text().splitlines(keepends=True)),
        slug=slug,
        source="" if claims_file is None else f", claims_file={claims_file!a}",
    )


def _comment(line: str) -> str:
    """One line of a comment: printable ASCII alone, which cannot end it."""
    return ("# " + "".join(c if " " <= c <= "~" else "?" for c in line)).rstrip()
