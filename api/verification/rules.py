"""What a scan answers, and what a stranger may be told (`card-codes.md`, "What the scan answers")."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from api.cards.rules import state_on
from api.errors import Text, TooManyRequests
from api.profiles.rules import HonorTold, Line, display_name, honors_on_card, pledges_on_card, posts_on_card
from api.profiles.sections import HonorEntry, PledgeEntry, PostEntry
from api.venues.rules import PublicVenue
from models.enums import CardState, NameDisplay, OrganizationKind, PlateKind, ScanOutcome

NOTE_HOLDS_FOR: Final = timedelta(minutes=10)
"""How long after a scan its page may be shown in the other language or size, and gone back to."""


class TooManyMisses(TooManyRequests):
    text: ClassVar[Text] = Text(
        "您所在的网络查了太多不存在的编号。编号对的，现在照样能查：请对照牌上的编号再输一次。",
        "Your network has tried too many unknown codes. A right one still works: compare it with the plate and type it again.",
    )


class Reason(StrEnum):
    """Why an outcome came about: one stable word for programs."""

    card_valid = "card_valid"
    card_suspended = "card_suspended"
    card_revoked = "card_revoked"
    card_expired = "card_expired"
    card_transferred = "card_transferred"
    plate_withdrawn = "plate_withdrawn"
    code_too_old = "code_too_old"
    clock_behind = "clock_behind"
    code_unknown = "code_unknown"
    venue_open = "venue_open"
    venue_closed = "venue_closed"


class CodeKind(StrEnum):
    """What kind of code was scanned: a printed one may have been copied, a dynamic one lives for a minute, a venue's is about no
    person."""

    printed = "printed"
    dynamic = "dynamic"
    venue = "venue"


class CardFacts(Struct, frozen=True, gc=False):
    """What the database holds of the card behind a code."""

    state: CardState
    expires_on: date
    plate_withdrawn: bool
    full_name: str
    name_display: NameDisplay
    posts: tuple[PostEntry, ...]
    honors: tuple[HonorEntry, ...]
    pledges: tuple[PledgeEntry, ...]
    has_left: bool
    organization: str
    organization_kind: OrganizationKind
    service_phone: str | None
    service_phone_of: str | None
    present_organization: str
    photo_key: str | None
    photo_size: int = 0
    photo_digest: str = ""


class PublicCard(Struct, frozen=True, gc=False):
    """All that a stranger learns of the holder of a valid card. `posts` are those of the day; `photo_key` is where his photo lies,
    if he lets it be seen, and the size in bytes and SHA-256 tell what is his."""

    display_name: str
    organization: str
    posts: tuple[PostEntry, ...]
    photo_key: str | None = None
    pledges: tuple[Line, ...] = ()
    honors: tuple[HonorTold, ...] = ()
    photo_size: int = 0
    photo_digest: str = ""


class Seen(NamedTuple):
    """An earlier scan of the same code, as a page of ours tells of it. It `holds` for a while, and where a link was followed on
    such a page: one that somebody hands on proves nothing."""

    at: datetime
    holds: bool


class ScanAnswer(Struct, frozen=True, gc=False):
    """The answer to one scan. The page and the JSON are made from this and from nothing else.

    `service_phone` is the issuer's, or else the nearest one above it, that of `service_phone_of`; of an unknown code, the
    district's. `issuer_kind` is told of whoever issued a card. `code_kind` is what kind of code was scanned, None where it leads to
    nothing or none was scanned; `plate_kind` is what a printed one stands on.
    `moved_to` is the branch that the holder of a former branch's card belongs to now; None where he belongs to none any more.
    `seen` is the earlier scan whose answer this would be, of a dynamic code that is too old by now. `venue` is what a venue's code
    opens.
    """

    outcome: ScanOutcome
    reason: Reason
    verified_at: datetime
    issuer: str | None = None
    service_phone: str | None = None
    moved_to: str | None = None
    card: PublicCard | None = None
    code_kind: CodeKind | None = None
    plate_kind: PlateKind | None = None
    seen: Seen | None = None
    service_phone_of: str | None = None
    venue: PublicVenue | None = None
    issuer_kind: OrganizationKind | None = None


_OUTCOMES = {
    CardState.valid: (ScanOutcome.valid, Reason.card_valid),
    CardState.suspended: (ScanOutcome.suspended, Reason.card_suspended),
    CardState.revoked: (ScanOutcome.revoked, Reason.card_revoked),
    CardState.expired: (ScanOutcome.expired, Reason.card_expired),
    CardState.transferred: (ScanOutcome.transferred, Reason.card_transferred),
}


def unknown(at: datetime, district_phone: str | None = None) -> ScanAnswer:
    """The one answer to every code that is malformed, forged, or leads to nothing."""
    return ScanAnswer(ScanOutcome.not_found, Reason.code_unknown, at, service_phone=district_phone)


def of_organization(told: ScanAnswer) -> ScanAnswer:
    """An answer with the telephone of the organisation, where that of a venue may be the venue's own: a wall is the organisation's,
    whichever of its codes opens it."""
    if (venue := told.venue) is None:
        return told
    return replace(told, service_phone=venue.organization_phone, service_phone_of=venue.organization_phone_of)


def answer_of_venue(venue: PublicVenue, at: datetime) -> ScanAnswer:
    """Tell what is to be said of a public venue."""
    outcome, reason = (ScanOutcome.valid, Reason.venue_open) if venue.is_open else (ScanOutcome.expired, Reason.venue_closed)
    return ScanAnswer(
        outcome,
        reason,
        at,
        venue.organization,
        venue.phone,
        code_kind=CodeKind.venue,
        service_phone_of=venue.phone_of,
        venue=venue,
    )


def answer(
    facts: CardFacts,
    *,
    at: datetime,
    today: date,
    stale: Reason | None = None,
    code_kind: CodeKind | None = None,
    plate_kind: PlateKind | None = None,
    seen: Seen | None = None,
) -> ScanAnswer:
    """Tell what is to be said of a card that is known.

    `today` is the district's calendar day. A withdrawn plate is never good again, whatever becomes of its card. A card's own state
    comes before the age of the code: who holds a revoked card gains nothing by refreshing. `stale` is why a dynamic code proves
    nothing, `code_too_old` or `clock_behind`; None while it does. `seen` is an earlier scan of it, when it was not too old: its
    answer is given again while it holds, with its time.
    """
    outcome, reason = _OUTCOMES[state_on(facts.state, facts.expires_on, today)]
    again = None
    if facts.plate_withdrawn and outcome is not ScanOutcome.revoked:
        outcome, reason = ScanOutcome.revoked, Reason.plate_withdrawn
    elif stale is not None and outcome is ScanOutcome.valid:
        again = seen if stale is Reason.code_too_old else None
        if again is not None:
            at = again.at
        if again is None or not again.holds:
            outcome, reason = ScanOutcome.stale_code, stale
    has_moved = outcome is ScanOutcome.transferred and not facts.has_left and facts.present_organization != facts.organization
    moved_to = facts.present_organization if has_moved else None
    card = public_card(facts, today) if outcome is ScanOutcome.valid else None
    return ScanAnswer(
        outcome,
        reason,
        at,
        facts.organization,
        facts.service_phone,
        moved_to,
        card,
        code_kind,
        plate_kind,
        again,
        facts.service_phone_of,
        issuer_kind=facts.organization_kind,
    )


def phone_of(answer: ScanAnswer) -> str | None:
    """Whose telephone an answer tells, by name, where it could be another's than the present branch's."""
    return answer.service_phone_of or (answer.issuer if answer.reason is Reason.card_transferred else None)


def public_card(facts: CardFacts, today: date) -> PublicCard:
    return PublicCard(
        display_name(facts.full_name, facts.name_display),
        facts.organization,
        posts_on_card(facts.posts, today),
        facts.photo_key,
        tuple(pledges_on_card(facts.pledges, today)) if facts.pledges else (),
        tuple(honors_on_card(facts.honors, today)) if facts.honors else (),
        facts.photo_size,
        facts.photo_digest,
    )
