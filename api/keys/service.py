"""The keys that sign dynamic codes, status lists and packs: several at once, each known by its slot, the private parts sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from api.access.scope import root_id
from api.adapters.cipher import Cipher
from api.adapters.jose import PrivateKey, to_base64url
from api.database import Work
from api.errors import NotFound
from api.keys import queries, rules
from api.keys.ring import place_of, public_key
from models.signing_key import SigningKey


@dataclass(frozen=True)
class KnownKey:
    """A key, whether it is the one that signs now, and whether the key set still names it."""

    row: SigningKey
    signs: bool
    is_published: bool
    superseded_at: datetime | None


def list_keys(work: Work) -> list[dict[str, str | int]]:
    """The key set: as JWKs, the keys with which something is signed that has not lapsed, and those that will sign next."""
    return [
        public_key(key.row.slot, key.row.public_x, key.row.public_y).jwk(key.row.slot)
        for key in sorted(every_key(work), key=lambda key: key.row.slot)
        if key.is_published
    ]


def every_key(work: Work) -> list[KnownKey]:
    """All keys that there have ever been, in the order in which they sign."""
    signing = queries.newest_key(work)
    rows = queries.every_key(work)
    successors = _successors(rows)
    return [
        KnownKey(
            row,
            signing is not None and row.id == signing.id,
            rules.is_published(withdrawn_at=row.withdrawn_at, superseded_at=successors.get(row.slot), at=work.at),
            successors.get(row.slot),
        )
        for row in rows
    ]


def create_key(work: Work, cipher: Cipher, *, lead: timedelta = timedelta(0)) -> SigningKey:
    """Make a key that signs from `lead` on, in the lowest slot that no key has had. Raises `NoFreeSlot`."""
    queries.lock(work)
    taken = {row.slot for row in queries.every_key(work)}
    slot = next((slot for slot in range(rules.SLOTS) if slot not in taken), None)
    if slot is None:
        raise rules.NoFreeSlot
    private = PrivateKey.generate()
    public = private.public
    row = SigningKey(
        slot=slot,
        thumbprint=public.thumbprint,
        public_x=to_base64url(public.x),
        public_y=to_base64url(public.y),
        private_sealed=b"",
        signs_from=work.at + lead,
    )
    row.private_sealed = cipher.seal(private.to_bytes(), place_of(row))
    work.add(row)
    work.record("create_key", row, organization_id=root_id(work), slot=slot)
    work.flush()
    return row


def ensure_key(work: Work, cipher: Cipher) -> None:
    """See to it that there is a key to sign with."""
    if queries.newest_key(work) is not None:
        return
    queries.lock(work)
    if queries.newest_key(work) is None:
        create_key(work, cipher)


def rotate_key(work: Work, cipher: Cipher, *, at_once: bool) -> SigningKey:
    """Make the key that takes over: when every reader can know it, or at once. Raises `NoFreeSlot`."""
    nobody_signs = queries.newest_key(work) is None
    return create_key(work, cipher, lead=timedelta(0) if at_once or nobody_signs else rules.LEAD)


def withdraw_key(work: Work, cipher: Cipher, slot: int) -> SigningKey | None:
    """Withdraw a key that may be in wrong hands: nothing that it has signed is good from the next scan on.

    Where no other key could sign now, the one that waits for its turn does, or else one that is made, and it is returned. Raises
    `NotFound` or `KeyWithdrawn`.
    """
    queries.lock(work)
    row = next((row for row in queries.every_key(work) if row.slot == slot), None)
    if row is None:
        raise NotFound
    if row.withdrawn_at is not None:
        raise rules.KeyWithdrawn
    row.withdrawn_at = work.at
    work.must_be_seen = True
    work.record("withdraw_key", row, organization_id=root_id(work), slot=slot)
    work.flush()
    if queries.newest_key(work) is not None:
        return None
    waiting = next((row for row in queries.every_key(work) if row.withdrawn_at is None), None)
    if waiting is None:
        return create_key(work, cipher)
    waiting.signs_from = work.at
    work.record("advance_key", waiting, organization_id=root_id(work), slot=waiting.slot)
    work.flush()
    return waiting


def withdrawal_of(work: Work, slot: int) -> datetime | None:
    """When the key of a slot was withdrawn, if it was."""
    return queries.withdrawal_of(work, slot)


def _successors(rows: Sequence[SigningKey]) -> dict[int, datetime]:
    """When each key's place was taken by the next one, by slot. A key that was withdrawn took no lasting place."""
    lasting = [row for row in rows if row.withdrawn_at is None]
    return {former.slot: later.signs_from for former, later in pairwise(lasting)}
