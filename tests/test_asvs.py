"""Whatever the README says of the standard that the service is held to, a test shows that is there."""

import re
from pathlib import Path

HERE = Path(__file__).parent
CHAPTERS = 17
WITHOUT = {"V10", "V12", "V17"}
"""Chapters about what there is none of, or what others do."""


def rows() -> dict[str, list[str]]:
    """The tests that each chapter of the table names."""
    text = (HERE.parent / "README.md").read_text(encoding="utf-8")
    section = text.partition("## What it is held to\n")[2].partition("\n## ")[0]
    found = re.findall(r"^\| (V\d+) [^|]*\|[^|]*\|([^|]*)\|$", section, re.MULTILINE)
    return {chapter: re.findall(r"`(\w+)`", named) for chapter, named in found}


def test_every_test_that_the_readme_names_for_a_chapter_is_there() -> None:
    table = rows()
    assert list(table) == [f"V{number}" for number in range(1, CHAPTERS + 1)]
    sources = (path.read_text(encoding="utf-8") for path in HERE.rglob("test_*.py"))
    written = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE)}
    assert [(chapter, name) for chapter, names in table.items() for name in names if name not in written] == []
    assert {chapter for chapter, names in table.items() if not names} == WITHOUT
