"""The public door: what a code leads to, told live from the database at each scan."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from api.adapters.jose import PublicKey
from api.cards.codes import DynamicCode, PrintedCode, read_code
from api.cards.keys import public_key
from api.cards.signing import check_signature, is_fresh
from api.verification.queries import Reader
from api.verification.rules import CardFacts, ScanAnswer, answer, unknown
from models.enums import CardState, NameDisplay, PartyPost

Count = Callable[[UUID, ScanAnswer], None]


async def verify_code(reader: Reader, text: str, at: datetime, zone: tzinfo, count: Count) -> ScanAnswer:
    """Answer one scan. Every code that is malformed, forged or unknown is answered alike.

    A signature is checked at each scan, and the card's state read at each scan: a change is seen by the very next one.
    """
    code = read_code(text)
    if isinstance(code, PrintedCode):
        row = await reader.by_plate(code.text)
        withdrawn, stale = row is not None and row[8] is not None, False
    elif isinstance(code, DynamicCode):
        row = await reader.by_credential(code.credential_number, code.key_slot)
        if row is not None and not check_signature(code, _key(code.key_slot, row[8], row[9])):
            row = None
        withdrawn, stale = False, not is_fresh(code, at.timestamp())
    else:
        row = None
    if row is None:
        return unknown(at)
    told = answer(_facts(row, plate_withdrawn=withdrawn), at=at, today=at.astimezone(zone).date(), stale=stale)
    count(row[0] if isinstance(row[0], UUID) else UUID(row[0]), told)
    return told


def _key(slot: int, x: str, y: str) -> PublicKey:
    return public_key(slot, x, y)


def _facts(row: tuple[Any, ...], *, plate_withdrawn: bool) -> CardFacts:
    _, state, expires_on, full_name, party_post, organization, name_display, service_phone = row[:8]
    return CardFacts(
        state=CardState(state),
        # SQLite's driver gives a day as text.
        expires_on=expires_on if isinstance(expires_on, date) else date.fromisoformat(expires_on),
        plate_withdrawn=plate_withdrawn,
        full_name=full_name,
        name_display=NameDisplay(name_display),
        party_post=PartyPost(party_post) if party_post else None,
        organization=organization,
        service_phone=service_phone,
    )
