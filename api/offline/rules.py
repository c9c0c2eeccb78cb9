"""What may be said of a card without a network, as values (`card-codes.md`, "Status lists"): never more than what is known."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from api.status_lists.rules import Status
from models.enums import CardState

TOLERANCE: Final = 30
"""Seconds by which the reader's clock may be behind that of the server that signed."""


class Outcome(StrEnum):
    """The words of the scan door, and one of its own. Offline nobody is told as transferred: a list has no word for it."""

    valid = "valid"
    suspended = "suspended"
    revoked = "revoked"
    expired = "expired"
    stale_code = "stale_code"
    not_found = "not_found"
    status_unknown = "status_unknown"


class Reason(StrEnum):
    """Why an outcome came about: one stable word for programs, the scan door's where it has one."""

    card_valid = "card_valid"
    card_suspended = "card_suspended"
    card_revoked = "card_revoked"
    card_expired = "card_expired"
    code_too_old = "code_too_old"
    code_malformed = "code_malformed"
    venue_code = "venue_code"
    key_unknown = "key_unknown"
    signature_wrong = "signature_wrong"
    not_in_packs = "not_in_packs"
    list_missing = "list_missing"
    list_lapsed = "list_lapsed"
    pack_lapsed = "pack_lapsed"
    clock_behind = "clock_behind"


class Age(StrEnum):
    """How old a signed thing is: from the reader's future, within its `ttl`, past that, or past its `exp`."""

    early = "early"
    fresh = "fresh"
    amber = "amber"
    lapsed = "lapsed"


USABLE: Final = frozenset({Age.fresh, Age.amber})


@dataclass(frozen=True, slots=True)
class Known:
    """The state that a card is known to have had when something was signed, and how old that knowledge is."""

    state: CardState
    as_of: datetime
    age: Age


STATES: Final = {
    Status.valid: CardState.valid,
    Status.revoked: CardState.revoked,
    Status.suspended: CardState.suspended,
    Status.expired: CardState.expired,
}
"""What the entries of a status list say."""

_OUTCOMES: Final = {
    CardState.valid: (Outcome.valid, Reason.card_valid),
    CardState.suspended: (Outcome.suspended, Reason.card_suspended),
    CardState.revoked: (Outcome.revoked, Reason.card_revoked),
    CardState.expired: (Outcome.expired, Reason.card_expired),
}


def age(signed_at: datetime, ttl: int, expires_at: datetime, at: datetime) -> Age:
    """How old something is that was signed with a `ttl` in seconds and is good until before `expires_at`."""
    passed = (at - signed_at).total_seconds()
    if passed < -TOLERANCE:
        return Age.early
    if at >= expires_at:
        return Age.lapsed
    return Age.fresh if passed <= ttl else Age.amber


def told_by(listed: Known | None, packed: Known | None) -> Known | None:
    """What is known of the card of a dynamic code by its list, and by a pack where one knows it.

    The list is what counts. But a pack that knows the card suspended, and is the newer of the two, is not passed over.
    """
    if packed is None or packed.state is not CardState.suspended:
        return listed
    if listed is None or (listed.state is CardState.valid and listed.as_of < packed.as_of):
        return packed
    return listed


def judge(
    known: Known | None, unknown_because: Reason, *, ended_at: int | None, stale: Reason | None, at: datetime
) -> tuple[Outcome, Reason]:
    """What is to be said of a genuine code of a card of which that much is known.

    `ended_at` is when the card's last day has ended, in seconds since 1970, where a pack tells it. As at the scan door, a card's
    own state comes before the age of the code; and an old code is an old code, whatever is unknown beside. `stale` is why the code
    proves nothing, `code_too_old` or, where the reader's clock is slow, `clock_behind`; None while it does.
    """
    past_its_day = ended_at is not None and at.timestamp() >= ended_at
    if known is not None and known.state is CardState.revoked:
        return _OUTCOMES[CardState.revoked]
    if past_its_day:
        return _OUTCOMES[CardState.expired]
    if known is not None and known.state is not CardState.valid:
        return _OUTCOMES[known.state]
    if stale is not None:
        return Outcome.status_unknown if stale is Reason.clock_behind else Outcome.stale_code, stale
    return (Outcome.status_unknown, unknown_because) if known is None else _OUTCOMES[known.state]
