"""The public door: what a code leads to, told live from the database at each scan."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from msgspec.json import Decoder

from api.access.phones import Phone
from api.access.scope import Access
from api.cards.showing import show_own_card
from api.codes.reading import DynamicCode, PrintedCode, VenueCode, find_code
from api.codes.signing import check_signature, is_ahead, is_fresh
from api.database import Work
from api.days import day_of
from api.foreign import read_json
from api.keys.ring import public_key
from api.profiles.sections import HonorEntry, PledgeEntry, PostEntry
from api.venues.public import VenueReader
from api.verification import queries
from api.verification.queries import FACTS
from api.verification.reader import Reader
from api.verification.rules import CardFacts, CodeKind, Reason, ScanAnswer, Seen, answer, answer_of_venue, unknown
from models.enums import CardState, MemberStatus, NameDisplay, OrganizationKind

Count = Callable[[str, ScanAnswer], None]

OWN = len(FACTS)
"""Where in a row the columns begin that belong to one kind of code."""


async def verify_code(
    reader: Reader,
    venues: VenueReader | None,
    text: str,
    at: datetime,
    zone: tzinfo,
    count: Count | None,
    district_phone: str | None,
    seen: Seen | None = None,
) -> ScanAnswer:
    """Answer one scan, and count it where it is of a card, if anybody is to, and unless its answer was `seen` before. Every code
    that is malformed, forged or unknown is answered alike, with the district's telephone.

    A signature is checked at each scan, and the card's state read at each scan: a change is seen by the very next one.
    """
    card_id, told = await _look_up(reader, venues, text, at, zone, district_phone, seen)
    if card_id is not None and count is not None and told.seen is None and not (seen is not None and seen.holds):
        count(card_id, told)
    return told


async def find_card(
    reader: Reader,
    venues: VenueReader | None,
    text: str,
    at: datetime,
    zone: tzinfo,
    district_phone: str | None,
    seen: Seen | None = None,
) -> tuple[UUID | None, ScanAnswer]:
    """The card that a code leads to and what a scan of it would tell, without counting a scan; no card where there is none.
    Without `venues` only cards are known."""
    card_id, told = await _look_up(reader, venues, text, at, zone, district_phone, seen)
    return UUID(card_id) if card_id else None, told


def show_own_public_view(work: Work, access: Access) -> ScanAnswer:
    """What a stranger is told of the caller by a scan of his card, now. Raises `NotFound` where there has never been a card."""
    row = queries.facts_of_card(work, show_own_card(work, access).id)
    return answer(_facts(row, plate_withdrawn=False), at=work.at, today=work.today)


async def _look_up(
    reader: Reader,
    venues: VenueReader | None,
    text: str,
    at: datetime,
    zone: tzinfo,
    district_phone: str | None,
    seen: Seen | None,
) -> tuple[str | None, ScanAnswer]:
    """The card that a code leads to, by its key, and what is to be said of it; no card where there is none to be told of."""
    code = find_code(text)
    plate_kind = None
    if isinstance(code, PrintedCode):
        row = await reader.by_plate(code.text)
        code_kind, plate_kind = CodeKind.printed, code.kind
        withdrawn, stale = row is not None and row[OWN] is not None, None
    elif isinstance(code, DynamicCode):
        code_kind = CodeKind.dynamic
        row = await reader.by_credential(code.credential_number, code.key_slot)
        if row is not None and not check_signature(code, public_key(code.key_slot, *row[OWN : OWN + 2])):
            row = None
        withdrawn, stale = False, _staleness(code, at.timestamp())
        if seen is not None and not is_fresh(code, seen.at.timestamp()):
            seen = None
    else:
        row = None
        if isinstance(code, VenueCode) and venues is not None and (venue := await venues.by_code(code.text, at)) is not None:
            return None, answer_of_venue(venue, at)
    if row is None:
        return None, unknown(at, district_phone)
    facts = _facts(row, plate_withdrawn=withdrawn)
    told = answer(facts, at=at, today=day_of(at, zone), stale=stale, code_kind=code_kind, plate_kind=plate_kind, seen=seen)
    return row[0], told


def _staleness(code: DynamicCode, now: float) -> Reason | None:
    """Why a dynamic code proves nothing at `now`, in seconds since 1970; None while it does."""
    if is_fresh(code, now):
        return None
    return Reason.clock_behind if is_ahead(code, now) else Reason.code_too_old


_STATES: Final = {state.value: state for state in CardState}
_KINDS: Final = {kind.value: kind for kind in OrganizationKind}
_NAME_DISPLAYS: Final = {policy.value: policy for policy in NameDisplay}


_pledges: Final = Decoder(tuple[PledgeEntry, ...]).decode
_honors: Final = Decoder(tuple[HonorEntry, ...]).decode
"""Read the sections `pledges` and `honors` of a profile."""


@lru_cache(maxsize=1024)
def _posts(section: str) -> tuple[PostEntry, ...]:
    """The section `posts` of a profile, which is the same for many members."""
    return tuple(read_json(section))


def _facts(row: tuple[Any, ...], *, plate_withdrawn: bool) -> CardFacts:
    _, state, expires_on, full_name, *sections, status, organization, kind, name_display, telephone, present = row[: OWN - 3]
    posts, honors, pledges = sections
    photo_key, photo_size, photo_digest = row[OWN - 3 : OWN]
    phone = Phone.read(telephone)
    return CardFacts(
        state=_STATES[state],
        expires_on=date.fromisoformat(expires_on),
        plate_withdrawn=plate_withdrawn,
        full_name=full_name,
        name_display=_NAME_DISPLAYS[name_display],
        posts=_posts(posts) if posts else (),
        honors=_honors(honors) if honors else (),
        pledges=_pledges(pledges) if pledges else (),
        has_left=status == MemberStatus.left,
        organization=organization,
        organization_kind=_KINDS[kind],
        service_phone=phone.number,
        service_phone_of=phone.of,
        present_organization=present,
        photo_key=photo_key,
        photo_size=int(photo_size or 0),
        photo_digest=photo_digest or "",
    )
