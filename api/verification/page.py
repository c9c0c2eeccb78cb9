"""The pages of the public door: the answer to a scan, and the form for a code that is typed by hand."""

from datetime import tzinfo
from typing import Final
from urllib.parse import quote

from api.errors import Text
from api.language import Language
from api.pages.render import dialled, link, moment, render, said
from api.pages.words import LABELS
from api.verification.rules import ScanAnswer
from api.verification.words import ANSWERS, POSTS
from models.enums import PartyPost

LONGEST_TYPED: Final = 64
"""Characters that the input takes: four times a code, for those who put spaces everywhere."""


def card_page(answer: ScanAnswer, *, code: str | None, language: Language, large: bool, timezone: tzinfo) -> str:
    """Show the answer to a scan.

    `code` is what stands after `/C/` in the address and goes nowhere but into the page's own links; without it they lead back
    to the address at which the page was asked for. The time of the check is shown in `timezone`, to the second.
    """
    words = ANSWERS[answer.reason]
    verified_at = answer.verified_at.astimezone(timezone)
    return render(
        "card.html",
        f"/C/{quote(code, safe='')}" if code else "",
        language=language,
        large=large,
        answer=answer,
        tone=words.tone,
        sign=words.sign,
        heading=said(words.heading, language),
        meaning=said(words.meaning, language),
        advice=[said(sentence, language) for sentence in words.advice],
        verified_at=moment(verified_at, language),
        verified_at_iso=verified_at.isoformat(timespec="seconds"),
        posts=said(LABELS["between_posts"], language).join(
            said(POSTS[post], language) for post in (answer.card.posts if answer.card else ())
        ),
        photo_link=f"/C/{quote(code, safe='')}/photo" if code and answer.card and answer.card.photo_key else None,
        report_link=link(f"/C/{quote(code, safe='')}/report", language, large) if code else None,
        dialled=dialled(answer.service_phone) if answer.service_phone else None,
    )


def type_code_page(*, language: Language, large: bool, problem: Text | None, typed: str = "") -> str:
    """Ask for the short code under a plate. `problem` tells what was wrong with what was `typed`, which stands there again."""
    return render(
        "type_code.html",
        "/C",
        language=language,
        large=large,
        problem=said(problem, language) if problem else None,
        typed=typed[:LONGEST_TYPED],
        longest=LONGEST_TYPED,
    )


def post_title(post: PartyPost, language: Language) -> str:
    """The word for a post within the Party."""
    return said(POSTS[post], language)
