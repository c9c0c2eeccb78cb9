"""The pages that people without the app see: values in, HTML text out."""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.errors import Text
from api.language import Language
from api.pages.words import ANSWERS, LABELS, MONTHS, POSTS
from api.verification.rules import ScanAnswer

_HERE = Path(__file__).parent

STYLE: Final = (_HERE / "style.css").read_text(encoding="utf-8")
STYLE_HASH: Final = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src '{STYLE_HASH}'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

LONGEST_TYPED: Final = 64
"""Characters that the input takes: four times a code, for those who put spaces everywhere."""


def card_page(answer: ScanAnswer, *, code: str | None, language: Language, large: bool, timezone: tzinfo) -> str:
    """Show the answer to a scan.

    `code` is what stands after `/C/` in the address and goes nowhere but into the page's own links; without it they lead back
    to the address at which the page was asked for. The time of the check is shown in `timezone`, to the second.
    """
    words = ANSWERS[answer.reason]
    verified_at = answer.verified_at.astimezone(timezone)
    return _CARD.render(
        _frame(f"/C/{quote(code, safe='')}" if code else "", language, large),
        answer=answer,
        tone=words.tone,
        sign=words.sign,
        heading=_in(language, words.heading),
        meaning=_in(language, words.meaning),
        advice=[_in(language, sentence) for sentence in words.advice],
        verified_at=_moment(verified_at, language),
        verified_at_iso=verified_at.isoformat(timespec="seconds"),
        posts=_in(language, LABELS["between_posts"]).join(
            _in(language, POSTS[post]) for post in (answer.card.posts if answer.card else ())
        ),
        dialled=dialled(answer.service_phone) if answer.service_phone else None,
    )


def type_code_page(*, language: Language, large: bool, problem: Text | None, typed: str = "") -> str:
    """Ask for the short code under a plate. `problem` tells what was wrong with what was `typed`, which stands there again."""
    return _TYPE_CODE.render(
        _frame("/C", language, large),
        problem=_in(language, problem) if problem else None,
        typed=typed[:LONGEST_TYPED],
        longest=LONGEST_TYPED,
    )


def problem_page(problem: Text, *, language: Language, large: bool, retry_after: int | None = None) -> str:
    """Say that nothing could be checked, and why. `retry_after` is in seconds; a minute or more is told in whole minutes."""
    wait = None
    if retry_after:
        minutes = retry_after >= 60
        wait = _in(language, LABELS["wait_minutes" if minutes else "wait_seconds"]).format(
            n=-(-retry_after // 60) if minutes else retry_after
        )
    return _PROBLEM.render(_frame("", language, large), problem=_in(language, problem), wait=wait)


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


def _moment(moment: datetime, language: Language) -> str:
    if language is Language.zh:
        return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M:%S}"
    return f"{moment.day}\N{NO-BREAK SPACE}{MONTHS[moment.month - 1]}\N{NO-BREAK SPACE}{moment.year}, {moment:%H:%M:%S}"


def _in(language: Language, text: Text) -> str:
    return text.zh if language is Language.zh else text.en


def _breakable(name: str) -> Markup:
    """A long name of several parts may be broken after the dot between them, and only there."""
    return escape(name).replace("·", Markup("·<wbr>"))


_TAGS: Final[Mapping[Language, str]] = {Language.zh: "zh-CN", Language.en: "en"}
_LABELS_IN: Final = {language: {name: _in(language, text) for name, text in LABELS.items()} for language in Language}

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
_CARD = _TEMPLATES.get_template("card.html")
_TYPE_CODE = _TEMPLATES.get_template("type_code.html")
_PROBLEM = _TEMPLATES.get_template("problem.html")
