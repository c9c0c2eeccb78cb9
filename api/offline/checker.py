"""The reference checker: whether a card is good, told from files alone. No network, no database, no settings.

What it does step by step stands in `openapi/vectors/README.md`, for whoever writes another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter

from api.adapters.jose import PublicKey
from api.codes.reading import DynamicCode, PrintedCode, VenueCode, code_in, read_code
from api.codes.signing import check_signature, is_ahead, is_fresh
from api.offline.rules import STATES, USABLE, Age, Known, Outcome, Reason, age, judge, told_by
from api.packs.token import Pack, PackedCard, code_digest
from api.status_lists.rules import Status
from api.status_lists.token import ReadList, number_of
from models.enums import CardState, PartyPost


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of the holder of a valid card. `photo` is the digest that a photo of his must have to be shown."""

    name: str
    organization: str
    posts: tuple[PartyPost, ...]
    expires_on: date
    photo: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `status_as_of` is when the card's state was known, `plate_as_of` when a plate was known not to be withdrawn;
    `freshness` is that of the older of the two. Issuer and telephone are told where a pack knows the card."""

    outcome: Outcome
    reason: Reason
    checked_at: datetime
    status_as_of: datetime | None = None
    plate_as_of: datetime | None = None
    freshness: Age | None = None
    issuer: str | None = None
    service_phone: str | None = None
    holder: Shown | None = None


class _Packed(NamedTuple):
    card: PackedCard
    pack: Pack
    age: Age

    @property
    def known(self) -> Known:
        return Known(CardState(self.card.state), self.pack.signed_at, self.age)


def check(text: str, *, keys: Mapping[int, PublicKey], lists: Iterable[ReadList], packs: Iterable[Pack], at: datetime) -> Checked:
    """Check what was scanned or typed, a code or its whole address, at an aware moment. It never raises, whatever the text.

    `keys` are the key set's by slot; `lists` and `packs` have been read with them, so their signatures are good. Of several lists
    or packs with one address the newest counts.
    """
    code = read_code(code_in(text))
    if isinstance(code, PrintedCode):
        return _check_printed(code, _newest_lists(lists), _newest_packs(packs), at)
    if isinstance(code, DynamicCode):
        return _check_dynamic(code, keys, _newest_lists(lists), _newest_packs(packs), at)
    return Checked(Outcome.not_found, Reason.venue_code if isinstance(code, VenueCode) else Reason.code_malformed, at)


def age_of(signed: ReadList | Pack, at: datetime) -> Age:
    """How old a list or a pack is at a moment."""
    return age(signed.signed_at, signed.ttl, signed.expires_at, at)


def _check_printed(code: PrintedCode, lists: Mapping[int, ReadList], packs: Sequence[Pack], at: datetime) -> Checked:
    digest = code_digest(code.text)
    found = _find(packs, lambda card: any(plate.digest == digest for plate in card.plates), at)
    if found is None:
        return Checked(Outcome.not_found, Reason.not_in_packs, at)
    if found.age not in USABLE:
        return Checked(Outcome.status_unknown, _why(found.age, Reason.pack_lapsed), at)
    known = found.known
    listed, _ = _listed(lists, found.card.status_list, found.card.status_index, at)
    if listed is not None and listed.as_of >= known.as_of:
        known = listed
    told = _told(known, Reason.list_missing, found, stale=None, at=at)
    ages = {known.age, found.age}
    return replace(told, plate_as_of=found.pack.signed_at, freshness=Age.amber if Age.amber in ages else Age.fresh)


def _check_dynamic(
    code: DynamicCode, keys: Mapping[int, PublicKey], lists: Mapping[int, ReadList], packs: Sequence[Pack], at: datetime
) -> Checked:
    key = keys.get(code.key_slot)
    if key is None:
        return Checked(Outcome.not_found, Reason.key_unknown, at)
    if not check_signature(code, key):
        return Checked(Outcome.not_found, Reason.signature_wrong, at)
    listed, missing = _listed(lists, code.status_list, code.status_index, at)
    found = _find(packs, lambda card: card.credential_number == code.credential_number, at)
    holder = found if found is not None and found.age in USABLE else None
    known = told_by(listed, holder.known if holder else None)
    return _told(known, missing, holder, stale=_staleness(code, at.timestamp()), at=at)


def _staleness(code: DynamicCode, now: float) -> Reason | None:
    """Why the code proves nothing at `now`, in seconds since 1970; None while it does."""
    if is_fresh(code, now):
        return None
    return Reason.clock_behind if is_ahead(code, now) else Reason.code_too_old


def _told(known: Known | None, missing: Reason, found: _Packed | None, *, stale: Reason | None, at: datetime) -> Checked:
    ended_at = found.card.expires_at if found else None
    outcome, reason = judge(known, missing, ended_at=ended_at, stale=stale, at=at)
    told = Checked(outcome, reason, at)
    if known is not None:
        told = replace(told, status_as_of=known.as_of, freshness=known.age)
    if found is None:
        return told
    card, organization = found.card, found.pack.organization
    shown = Shown(card.name, organization.name, tuple(card.posts), card.expires_on, card.photo)
    return replace(
        told,
        issuer=organization.name,
        service_phone=organization.service_phone,
        holder=shown if outcome is Outcome.valid else None,
    )


def _newest_lists(lists: Iterable[ReadList]) -> dict[int, ReadList]:
    """The newest list of each number."""
    ordered = sorted(lists, key=lambda one: one.signed_at)
    return {number: one for one in ordered if (number := number_of(one.address)) is not None}


def _newest_packs(packs: Iterable[Pack]) -> list[Pack]:
    """The newest pack of each organisation: what it has left out since an older one is to be believed of it."""
    return list({pack.sub: pack for pack in sorted(packs, key=lambda pack: pack.iat)}.values())


def _listed(lists: Mapping[int, ReadList], number: int, index: int, at: datetime) -> tuple[Known | None, Reason]:
    """What the list of that number says of a card, or why it says nothing."""
    one = lists.get(number)
    if one is None:
        return None, Reason.list_missing
    if (how_old := age_of(one, at)) not in USABLE:
        return None, _why(how_old, Reason.list_lapsed)
    try:
        state = STATES[Status(one.status(index))]
    except (IndexError, ValueError):
        return None, Reason.list_missing
    return Known(state, one.signed_at, how_old), Reason.list_missing


def _find(packs: Sequence[Pack], is_it: Callable[[PackedCard], bool], at: datetime) -> _Packed | None:
    """The card in the packs, in one that may be used if there is such a one."""
    found = [_Packed(card, pack, age_of(pack, at)) for pack in packs for card in pack.cards if is_it(card)]
    return min(found, key=lambda one: one.age not in USABLE, default=None)


def _why(how_old: Age, lapsed: Reason) -> Reason:
    return Reason.clock_behind if how_old is Age.early else lapsed


def as_members(checked: Checked) -> dict[str, Any]:
    """What was found as a JSON object has it: words as words, moments and days as ISO 8601 writes them."""
    found: dict[str, Any] = _MEMBERS.dump_python(checked, mode="json")
    return found


_MEMBERS: Final = TypeAdapter(Checked)
