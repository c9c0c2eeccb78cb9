"""The font that the tests draw with: a document takes an eighth of the time with it."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Final
from zipfile import ZipFile, is_zipfile

import pylopdf_fonts_zh_cn

from tests.memory import memory

PROJECT = Path(__file__).parents[1]
PACKAGED: Final[Path] = pylopdf_fonts_zh_cn.sans_path()
_FOLDER: Final = tempfile.TemporaryDirectory(prefix="liangxian-fonts-", dir=memory(), ignore_cleanup_errors=True)
"""Goes with the process."""


@cache
def small_font() -> Path:
    """The packaged font with only those of its 30,000 characters that stand somewhere in the project."""
    from fontTools import subset

    options = subset.Options(notdef_outline=True, recommended_glyphs=True, layout_features=[])
    font = subset.load_font(PACKAGED, options, lazy=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(_written()))
    subsetter.subset(font)
    file = Path(_FOLDER.name) / PACKAGED.name
    subset.save_font(font, file, options)
    return file


def _written() -> set[str]:
    found: set[str] = set()
    for room in ("api", "models", "tests"):
        for path in (PROJECT / room).rglob("*"):
            if path.suffix in {".py", ".html", ".toml", ".csv"}:
                found.update(path.read_text(encoding="utf-8", errors="ignore"))
            elif path.suffix == ".xlsx" and is_zipfile(path):
                with ZipFile(path) as parts:
                    for name in parts.namelist():
                        if name.endswith("sharedStrings.xml"):
                            found.update(parts.read(name).decode("utf-8", "ignore"))
    return found
