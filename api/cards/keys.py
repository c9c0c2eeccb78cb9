"""The keys that sign dynamic codes: several at once, each known by its slot, the private parts sealed."""

from functools import lru_cache
from uuid import UUID

from api.access.scope import root_id
from api.adapters.cipher import Cipher, Place
from api.adapters.jose import PrivateKey, PublicKey, to_base64url
from api.cards import queries
from api.database import Work
from api.errors import Conflict, Text, Unavailable
from models.card import SigningKey

SLOTS = 256


class NoFreeSlot(Conflict):
    text = Text("签名密钥的位置已用完。", "All slots for signing keys are taken.")


class KeyRing:
    """Gives the key that signs now. A private key is opened once and kept; whether it still signs is read each time."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._opened: dict[UUID, PrivateKey] = {}

    def signing(self, work: Work) -> tuple[int, PrivateKey]:
        """The newest key that signs by now, with its slot. Raises `Unavailable` where there is none."""
        row = queries.newest_key(work)
        if row is None:
            raise Unavailable
        if row.id not in self._opened:
            self._opened[row.id] = PrivateKey.from_bytes(self._cipher.open(row.private_sealed, _place(row)))
        return row.slot, self._opened[row.id]


@lru_cache(maxsize=SLOTS)
def public_key(slot: int, x: str, y: str) -> PublicKey:
    """The key object of a slot, made once."""
    return PublicKey.from_text(x, y)


def create_key(work: Work, cipher: Cipher) -> SigningKey:
    """Make a key that signs from now on, in the lowest free slot. Raises `NoFreeSlot`."""
    taken = set(queries.slots(work))
    slot = next((slot for slot in range(SLOTS) if slot not in taken), None)
    if slot is None:
        raise NoFreeSlot
    private = PrivateKey.generate()
    public = private.public
    row = SigningKey(
        slot=slot,
        thumbprint=public.thumbprint,
        public_x=to_base64url(public.x),
        public_y=to_base64url(public.y),
        private_sealed=b"",
        signs_from=work.at,
    )
    row.private_sealed = cipher.seal(private.to_bytes(), _place(row))
    work.add(row)
    work.record("create_key", row, organization_id=root_id(work), slot=slot)
    work.flush()
    return row


def ensure_key(work: Work, cipher: Cipher) -> None:
    """See to it that there is a key to sign with."""
    if queries.newest_key(work) is None:
        create_key(work, cipher)


def _place(row: SigningKey) -> Place:
    return Place("signing_key", "private_sealed", str(row.id))
