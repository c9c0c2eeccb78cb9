"""The pages of the public door: the answer to a scan, and the form for a code that is typed by hand."""

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Final

from api.codes.reading import PrintedCode, as_printed, find_code, grouped, path_of
from api.errors import Text
from api.language import Language, said
from api.pages.imprint import Imprint
from api.pages.render import Asked, Blank, Fragment, Sheet, broken, dialled, escaped, moment, render, sheet, unbroken, words_of
from api.pages.words import called
from api.profiles.drawing import draw_honors, draw_posts, list_pledges, posts_told
from api.profiles.sections import PostEntry
from api.profiles.words import LABELS as LABELS_OF_PROFILES
from api.profiles.words import PARTY_POSTS
from api.verification.rules import CodeKind, Reason, ScanAnswer, phone_of
from api.verification.words import ANSWERS, ANSWERS_OF_PLATES, GONE, LABELS, LAPSED, MALFORMED, OF_EARLIER, whom
from models.enums import OrganizationKind, PlateKind

LONGEST_TYPED: Final = 64
"""Characters that the input takes: four times a code, for those who put spaces everywhere."""

_PRINTED: Final = 15
"""Characters of a code on a plate."""
_LIKE_A_CODE: Final = re.compile(r"[0-9A-Za-z-]{1,20}")
_VALUES: Final = (
    "address", "seen", "paper_code", "verified_at", "verified_at_iso", "issuer", "moved_to", "dialled", "phone_of",
    "typed_code", "posts", "photo_of", "name", "service_phone", "duties", "honors",
)  # fmt: skip
"""What differs from one scan to the next; everything else on the page is drawn once."""
_WORDS: Final = words_of(LABELS, LABELS_OF_PROFILES)
_PARTY_POSTS: Final = {post.value: title for post, title in PARTY_POSTS.items()}
"""What each post within the Party is called, by its word as a section of a profile holds it."""
MOST_PLEDGES: Final = 3
"""Of those that stand on a card; the wall shows all."""


def card_page(answer: ScanAnswer, asked: Asked, *, code: str | None, timezone: tzinfo) -> bytes:
    """Show the answer to a scan.

    `code` is what stands after `/C/` in the address and goes nowhere but into the page's own links; without it they lead back
    to the address at which the page was asked for. The time of the check is shown in `timezone`, to the second.
    """
    card, words = answer.card, _WORDS[asked.language]
    address = path_of(code) if code else ""
    printed = answer.code_kind is CodeKind.printed
    posts = card.posts if card else ()
    verified_at, verified_at_iso = _when(int(answer.verified_at.timestamp()), timezone, asked.language)
    texts = [
        address,
        asked.seen if code else None,
        _on_paper(code) if code and printed else None,
        verified_at,
        verified_at_iso,
        answer.issuer,
        answer.moved_to,
        dialled(answer.service_phone),
        phone_of(answer),
        shown_code(code) if code and answer.issuer is None else None,
        words["between_posts"].join([post_title(post, asked.language) for post in posts if "slot" not in post]),
        words["photo"].format(name=card.display_name) if card and card.photo_key else None,
        card.display_name if card else None,
    ]
    pledges = card.pledges[:MOST_PLEDGES] if card else ()
    items, of_items = list_pledges(pledges, asked, address=address or None, rating=True) if pledges else (None, [])
    written = escaped([text or "" for text in (*texts, *of_items)])
    values, values_of_items = written[: len(texts)], written[len(texts) :]
    values[-1] = broken(values[-1])
    duties = posts_told(posts)
    values += (
        unbroken(answer.service_phone).encode() if answer.service_phone else b"",
        draw_posts(duties, asked._replace(seen=None)) if duties else b"",
        draw_honors(card.honors, asked._replace(seen=None)) if card and card.honors else b"",
    )
    drawn = _sheet(
        answer.reason,
        asked.language,
        asked.large,
        asked.imprint,
        masked=card is not None and "*" in card.display_name,
        printed=printed,
        is_malformed=answer.reason is Reason.code_unknown and code is not None and find_code(code) is None,
        of_household=answer.plate_kind is PlateKind.household_plate,
        is_of_earlier=answer.seen is not None,
        issuer_kind=answer.issuer_kind,
        is_called_above=answer.service_phone_of is not None,
        is_told=tuple(map(bool, values)),
        pledges=items,
    )
    return drawn.fill(values + values_of_items)


@lru_cache(maxsize=64)
def _when(second: int, timezone: tzinfo, language: Language) -> tuple[str, str]:
    """A second since 1970 as it is read, and as ISO 8601 writes it."""
    at = datetime.fromtimestamp(second, timezone)
    return moment(at, language), at.isoformat(timespec="seconds")


@lru_cache(maxsize=512)
def _sheet(
    reason: Reason,
    language: Language,
    large: bool,
    imprint: Imprint,
    *,
    masked: bool,
    printed: bool,
    is_malformed: bool,
    of_household: bool,
    is_of_earlier: bool,
    issuer_kind: OrganizationKind | None,
    is_called_above: bool,
    is_told: tuple[bool, ...],
    pledges: Fragment | None,
) -> Sheet:
    """The page of all answers that differ in nothing but their values, and those of their `pledges`; `is_told` says which of
    `_VALUES` there are."""
    blanks = {name: Blank(name) if told else None for name, told in zip(_VALUES, is_told, strict=True)}
    address, asked = blanks.pop("address"), Asked(language, large, imprint, blanks.pop("seen"))
    words = (ANSWERS_OF_PLATES if printed else ANSWERS)[reason]
    if reason is Reason.card_transferred and blanks["moved_to"] is None:
        words = GONE[printed]
    elif reason is Reason.code_too_old and is_of_earlier:
        words = LAPSED
    issuer = said(called(issuer_kind), language)
    return sheet(
        "verification/card.html",
        address or "",
        asked,
        _WORDS,
        (*_VALUES, *pledges.names) if pledges else _VALUES,
        tone=words.tone,
        sign=words.sign,
        heading=said(words.heading, language),
        meaning=said(MALFORMED if is_malformed else words.meaning, language).format(who=issuer),
        advice=[said(sentence, language).format(who=issuer) for sentence in words.advice],
        who=said(whom(reason, issuer_kind, is_above=is_called_above), language),
        masked=masked,
        printed=printed,
        of_earlier=said(OF_EARLIER, language) if is_of_earlier and reason is Reason.card_valid else None,
        of_household=of_household,
        photo_link=f"{address}/photo{f'?seen={asked.seen}' if asked.seen else ''}" if address and blanks["photo_of"] else None,
        report_link=asked.link(f"{address}/report") if address else None,
        wall_link=asked.link(f"{address}/wall") if address and pledges else None,
        pledges=pledges.markup if pledges else None,
        **blanks,
    )


def _on_paper(code: str) -> str:
    """A printed code in its groups, as it stands on the plate."""
    plain = code.replace("-", "").upper()
    if len(plain) != _PRINTED:
        # Whatever a scan reads over, such as a full stop behind it.
        read = find_code(code)
        plain = read.text if isinstance(read, PrintedCode) else plain
    return grouped(plain)


def shown_code(code: str) -> str | None:
    """What a page shows of a code that leads to nothing: as it would stand on a plate, or else as it was typed. None for what holds
    more than a code could: what somebody writes into an address is not said in our name."""
    return as_printed(code) or (code if _LIKE_A_CODE.fullmatch(code) else None)


def home_page(asked: Asked) -> str:
    """Say what this is, ask for a code or a receipt number, and tell how to know true from false."""
    phone = asked.imprint.phone
    return render(
        "verification/home.html", "/", asked, _WORDS, phone=phone, dialled=dialled(phone), lists_link=asked.link("/lists")
    )


def type_code_page(asked: Asked, *, problem: Text | None, typed: str = "") -> str:
    """Ask for the short code under a plate. `problem` tells what was wrong with what was `typed`, which stands there again."""
    phone = asked.imprint.phone
    return render(
        "verification/type_code.html",
        "/C",
        asked,
        _WORDS,
        phone=phone,
        dialled=dialled(phone),
        problem=said(problem, asked.language) if problem else None,
        typed=typed[:LONGEST_TYPED],
        longest=LONGEST_TYPED,
    )


def post_title(post: PostEntry, language: Language) -> str:
    """What a post is called: by its organisation, or else by its word on the roster, which alone has an English name."""
    if "slot" not in post and (language is not Language.zh or "title" not in post):
        return said(_PARTY_POSTS[post["post"]], language)
    return post["title"]
