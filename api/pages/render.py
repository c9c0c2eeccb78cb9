"""The pages that people without the app see: values in, HTML text out."""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.errors import Text
from api.language import Language
from api.pages.words import LABELS

_HERE = Path(__file__).parent

STYLE: Final = (_HERE / "style.css").read_text(encoding="utf-8")
STYLE_HASH: Final = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src '{STYLE_HASH}'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def render(template: str, address: str, *, language: Language, large: bool, **values: object) -> str:
    """Fill a template. `address` is where the page stands, for the links that change its language or size; empty: where it was
    asked for."""
    return _PAGES[template].render(_frame(address, language, large), **values)


def problem_page(problem: Text, *, language: Language, large: bool, retry_after: int | None = None) -> str:
    """Say that nothing could be checked, and why. `retry_after` is in seconds; a minute or more is told in whole minutes."""
    wait = None
    if retry_after:
        minutes = retry_after >= 60
        wait = said(LABELS["wait_minutes" if minutes else "wait_seconds"], language).format(
            n=-(-retry_after // 60) if minutes else retry_after
        )
    return render("problem.html", "", language=language, large=large, problem=said(problem, language), wait=wait)


def dialled(phone: str) -> str | None:
    """The digits to dial of a telephone number as it was written, without its extension or a second number; None if it has none."""
    found = re.search(r"\+?[\d(（][\d\s()（）\-－—]*", phone, re.ASCII)
    return re.sub(r"[^+\d]", "", found[0]) or None if found else None


def _frame(address: str, language: Language, large: bool) -> dict[str, object]:
    """What every page needs. The choices stand in each link, so that neither a cookie nor a script has to keep them."""
    other = Language.en if language is Language.zh else Language.zh
    return {
        "language": language,
        "large": large,
        "words": _LABELS_IN[language],
        "tag": _TAGS[language],
        "other_tag": _TAGS[other],
        "language_link": _link(address, other, large),
        "size_link": _link(address, language, not large),
        "retry_link": _link(address, language, large),
        "type_link": _link("/C", language, large),
    }


def _link(address: str, language: Language, large: bool) -> str:
    return f"{address}?lang={language}{'&large=1' if large else ''}"


def said(text: Text, language: Language) -> str:
    return text.zh if language is Language.zh else text.en


def _breakable(name: str) -> Markup:
    """A long name of several parts may be broken after the dot between them, and only there."""
    return escape(name).replace("·", Markup("·<wbr>"))


_TAGS: Final[Mapping[Language, str]] = {Language.zh: "zh-CN", Language.en: "en"}
_LABELS_IN: Final = {language: {name: said(text, language) for name, text in LABELS.items()} for language in Language}

_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_TEMPLATES.filters["breakable"] = _breakable
_TEMPLATES.globals["style"] = Markup(STYLE)
_PAGES = {name: _TEMPLATES.get_template(name) for name in _TEMPLATES.list_templates()}
