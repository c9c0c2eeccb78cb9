"""What a member says should stand in his record: made whole, kept sealed, and laid beside what stands there."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.adapters.cipher import Cipher, Place
from api.errors import FieldFault, Invalid, Rule, Text
from api.foreign import read_json
from api.members.record import DATES, SEALED, masked
from models.correction import CorrectionRequest
from models.enums import DatePrecision, Gender
from models.member import Member


class ChangeRule(Rule):
    """What stands against a change that is asked for."""

    precision_alone = "precision_alone"


PRECISION_ALONE = Text("请同时填写这个日期。", "Send the date itself, too.")
UNTOLD = "******"
"""Stands for a home address, of which nothing is shown but that there is one."""

_READERS: Mapping[str, Callable[[str], object]] = {
    "gender": Gender,
    **dict.fromkeys(DATES, date.fromisoformat),
    **dict.fromkeys(DATES.values(), DatePrecision),
}


@dataclass(frozen=True)
class Compared:
    """One field as it stands, masked where it is kept sealed, and as the member would have it."""

    field: str
    present: str | bool | None
    proposed: str | bool | None


def whole(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with each date's precision: the day, where none is given. Raises `Invalid` for a precision without its date."""
    lone = [precision for name, precision in DATES.items() if precision in changes and name not in changes]
    if lone:
        raise Invalid(faults=tuple(FieldFault(f"body.{name}", ChangeRule.precision_alone, PRECISION_ALONE) for name in lone))
    days = {precision: DatePrecision.day for name, precision in DATES.items() if name in changes}
    return {**days, **changes}


def wanted(member: Member, changed: Mapping[str, Any]) -> dict[str, Any]:
    """What is worth asking for: what would change, and of a date both its parts, whatever becomes of the record meanwhile."""
    pairs = [pair for pair in DATES.items() if changed.keys() & set(pair)]
    return {name: getattr(member, name) for pair in pairs for name in pair} | dict(changed)


def seal(request: CorrectionRequest, changes: Mapping[str, Any], cipher: Cipher) -> None:
    content = {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}
    request.changes_sealed = cipher.seal_text(json.dumps(content, ensure_ascii=False, sort_keys=True), _place(request))


def opened(request: CorrectionRequest, cipher: Cipher) -> dict[str, Any]:
    content: dict[str, Any] = read_json(cipher.open_text(request.changes_sealed, _place(request)))
    return {name: _READERS[name](value) if value is not None and name in _READERS else value for name, value in content.items()}


def compared(member: Member, changes: Mapping[str, Any], cipher: Cipher) -> list[Compared]:
    """The present and the proposed value of each field. What is proposed stands there in clear, since it is to be judged."""
    shown = masked(member, cipher)
    shown["home_address"] = UNTOLD if shown["has_home_address"] else None
    return [
        Compared(name, _told(shown[name] if name in SEALED else getattr(member, name)), _told(value))
        for name, value in changes.items()
    ]


def _told(value: Any) -> str | bool | None:
    return value.isoformat() if isinstance(value, date) else value


def _place(request: CorrectionRequest) -> Place:
    return Place("correction_request", "changes_sealed", request.id)
