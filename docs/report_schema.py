"""The JSON Schema of report.json and its page, from the classes that write it.

`python docs/report_schema.py` rewrites docs/report.schema.json and the tables of
docs/report-schema.md; tests/verify/report/test_document.py fails where they are out of date.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from verify.report.document import json_schema

DOCS = Path(__file__).resolve().parent
PAGE, SCHEMA = DOCS / "report-schema.md", DOCS / "report.schema.json"
TABLES = re.compile(r"(?<=<!-- tables -->\n).*(?=<!-- end -->)", re.DOTALL)


def schema_text() -> str:
    """docs/report.schema.json."""
    return json.dumps(json_schema(), indent=1) + "\n"


def tables() -> str:
    """A table for each class, the whole document first."""
    parts = json_schema()["$defs"]
    objects = {name: part for name, part in parts.items() if "properties" in part}
    order = ["Document", "Record", *sorted(objects.keys() - {"Document", "Record"})]
    return "\n".join(_table(name, objects[name]) for name in order)


def _table(name: str, part: dict[str, Any]) -> str:
    lines = [f"\n### {name}\n", part.get("description", ""), "", "| field | type | meaning |"]
    lines.append("|---|---|---|")
    for field, about in part["properties"].items():
        lines.append(f"| `{field}` | {_type(about)} | {about.get('description', '')} |")
    return "\n".join(lines) + "\n"


def _type(about: dict[str, Any]) -> str:
    if "$ref" in about:
        name = about["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})" if name != "Verdict" else "verdict"
    if "anyOf" in about:
        return " or ".join(_type(option) for option in about["anyOf"])
    if about.get("type") == "array":
        return f"list of {_type(about.get('items', {}))}"
    if about.get("type") == "object":
        return f"object of {_type(about.get('additionalProperties', {}))}"
    return str(about.get("type", "anything"))


def page_text() -> str:
    """docs/report-schema.md with its tables of today."""
    return TABLES.sub(lambda _: tables(), PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page_text(), encoding="utf-8")
