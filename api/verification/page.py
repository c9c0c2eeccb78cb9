"""The pages of the public door: the answer to a scan, and the form for a code that is typed by hand."""

from datetime import tzinfo
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from api.codes.reading import PrintedCode, as_printed, grouped, read_code
from api.errors import Text
from api.language import Language, said
from api.pages.render import Asked, Blank, Sheet, dialled, moment, render, sheet, unbroken, words_of
from api.pages.words import called
from api.profiles.drawing import draw_pledges, draw_posts, posts_told
from api.profiles.sections import PostEntry
from api.profiles.words import LABELS as LABELS_OF_PROFILES
from api.profiles.words import PARTY_POSTS
from api.verification.rules import CodeKind, Reason, ScanAnswer, phone_of
from api.verification.words import ANSWERS, ANSWERS_OF_PLATES, GONE, LABELS, LAPSED, OF_EARLIER, whom
from models.enums import OrganizationKind, PartyPost, PlateKind

LONGEST_TYPED: Final = 64
"""Characters that the input takes: four times a code, for those who put spaces everywhere."""

_PRINTED: Final = 15
"""Characters of a code on a plate."""
_VALUES: Final = (
    "address", "paper_code", "verified_at", "verified_at_iso", "issuer", "moved_to", "service_phone", "dialled",
    "phone_of", "typed_code",
    "name", "posts", "photo_link", "photo_of", "report_link", "wall_link", "seen",
)  # fmt: skip
"""What differs from one scan to the next; everything else on the page is drawn once."""
_WORDS: Final = words_of(LABELS, LABELS_OF_PROFILES)
MOST_PLEDGES: Final = 3
"""Of those that stand on a card; the wall shows all."""


def card_page(answer: ScanAnswer, asked: Asked, *, code: str | None, timezone: tzinfo) -> bytes:
    """Show the answer to a scan.

    `code` is what stands after `/C/` in the address and goes nowhere but into the page's own links; without it they lead back
    to the address at which the page was asked for. The time of the check is shown in `timezone`, to the second.
    """
    card, at, words = answer.card, answer.verified_at.astimezone(timezone), _WORDS[asked.language]
    address = f"/C/{quote(code, safe='')}" if code else ""
    pledges = card.pledges if card else ()
    posts = card.posts if card else ()
    within_party = words["between_posts"].join(post_title(post, asked.language) for post in posts if "slot" not in post)
    duties = posts_told(posts)
    printed = answer.code_kind is CodeKind.printed
    values = {
        "address": address,
        "paper_code": _on_paper(code) if code and printed else None,
        "verified_at": moment(at, asked.language),
        "verified_at_iso": at.isoformat(timespec="seconds"),
        "issuer": answer.issuer,
        "moved_to": answer.moved_to,
        "service_phone": answer.service_phone,
        "phone_of": phone_of(answer),
        "typed_code": as_printed(code) if code and answer.issuer is None else None,
        "dialled": dialled(answer.service_phone),
        "name": card.display_name if card else None,
        "posts": within_party,
        "photo_link": f"{address}/photo{f'?seen={asked.seen}' if asked.seen else ''}" if code and card and card.photo_key else None,
        "photo_of": words["photo"].format(name=card.display_name) if card and card.photo_key else None,
        "report_link": asked.link(f"{address}/report") if code else None,
        "wall_link": asked.link(f"{address}/wall") if code and pledges else None,
        "seen": asked.seen if code else None,
    }
    masked = card is not None and "*" in card.display_name
    filled = tuple(name for name, value in values.items() if value)
    of_household = answer.plate_kind is PlateKind.household_plate
    known = asked._replace(seen=Blank("seen") if values["seen"] else None)
    drawn = _sheet(
        answer.reason,
        known,
        masked,
        printed,
        of_household,
        filled,
        bool(duties),
        bool(pledges),
        answer.seen is not None,
        answer.issuer_kind,
        answer.service_phone_of is not None,
    )
    ready = {}
    if answer.service_phone:
        ready["service_phone"] = unbroken(answer.service_phone).encode()
    if duties:
        ready["duties"] = draw_posts(duties, asked._replace(seen=None))
    if pledges:
        ready["pledges"] = draw_pledges(pledges[:MOST_PLEDGES], asked, address=address or None, rating=True)
    return drawn.fill(values, ready)


@lru_cache(maxsize=512)
def _sheet(
    reason: Reason,
    asked: Asked,
    masked: bool,
    printed: bool,
    of_household: bool,
    filled: tuple[str, ...],
    has_duties: bool,
    has_pledged: bool,
    is_of_earlier: bool,
    issuer_kind: OrganizationKind | None,
    is_called_above: bool,
) -> Sheet:
    """The page of all answers that differ in nothing but the values named by `filled`."""
    words = (ANSWERS_OF_PLATES if printed else ANSWERS)[reason]
    if reason is Reason.card_transferred and "moved_to" not in filled:
        words = GONE[printed]
    elif reason is Reason.code_too_old and is_of_earlier:
        words = LAPSED
    issuer = said(called(issuer_kind), asked.language)
    blanks: dict[str, Blank | None] = {name: Blank(name) if name in filled else None for name in _VALUES}
    return sheet(
        "verification/card.html",
        blanks["address"] or "",
        asked,
        _WORDS,
        tone=words.tone,
        sign=words.sign,
        heading=said(words.heading, asked.language),
        meaning=said(words.meaning, asked.language).format(who=issuer),
        advice=[said(sentence, asked.language).format(who=issuer) for sentence in words.advice],
        who=said(whom(reason, issuer_kind, is_above=is_called_above), asked.language),
        masked=masked,
        printed=printed,
        of_earlier=said(OF_EARLIER, asked.language) if is_of_earlier and reason is Reason.card_valid else None,
        of_household=of_household,
        duties=Blank("duties") if has_duties else None,
        pledges=Blank("pledges") if has_pledged else None,
        **{name: blank for name, blank in blanks.items() if name not in ("address", "seen")},
    )


def _on_paper(code: str) -> str:
    """A printed code in its groups, as it stands on the plate."""
    plain = code.replace("-", "").upper()
    if len(plain) != _PRINTED:
        # Whatever a scan reads over, such as a full stop behind it.
        read = read_code(code)
        plain = read.text if isinstance(read, PrintedCode) else plain
    return grouped(plain)


def home_page(asked: Asked) -> str:
    """Say what this is, ask for a code or a receipt number, and tell how to know true from false."""
    phone = asked.imprint.phone
    return render("verification/home.html", "/", asked, _WORDS, phone=phone, dialled=dialled(phone))


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
    """What a post is called: by its organisation, or else by its word on the roster."""
    return post.get("title") or said(PARTY_POSTS[PartyPost(post["post"])], language)
