"""A pack as it is fetched: a signed token (`application/lx-pack+jwt`) of the living cards of one organisation."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.adapters.jose import InvalidToken, PrivateKey, PublicKey, read_signed, sign_compact
from api.days import begin_of
from models.enums import CardState, PartyPost, PlateKind

TYPE: Final = "lx-pack+jwt"
MEDIA_TYPE: Final = f"application/{TYPE}"
PATH: Final = "/v1/packs"

_LATEST: Final = 253_402_300_799
"""The last second of the year 9999, past which Python has no moments."""


class PackedPlate(BaseModel):
    """A plate that has not been withdrawn. `digest` is `code_digest` of its code."""

    kind: PlateKind
    digest: str


class PackedCard(BaseModel):
    """What a pack says of one card, all of which a scan would tell too, but for the digests."""

    credential_number: int
    state: Literal[CardState.valid, CardState.suspended]
    name: str
    """As the organisation lets strangers read it."""
    posts: list[PartyPost]
    expires_on: date
    expires_at: int
    """When the last day has ended in the district, in seconds since 1970: a reader need not know its time zone."""
    status_list: int
    status_index: int
    photo: str | None
    """SHA-256 of the photo's JPEG in hexadecimal digits, if the holder lets it be seen."""
    plates: list[PackedPlate]


class PackedOrganization(BaseModel):
    """The organisation that issued all cards of the pack; it is the branch of each holder."""

    name: str
    service_phone: str | None


class Pack(BaseModel):
    """A pack: `sub` is its own address; `iat` and `exp` are seconds since 1970, `ttl` is seconds."""

    sub: str
    iat: int = Field(ge=0, le=_LATEST)
    exp: int = Field(ge=0, le=_LATEST)
    ttl: int = Field(ge=0, le=_LATEST)
    organization: PackedOrganization
    cards: list[PackedCard]

    @property
    def signed_at(self) -> datetime:
        return datetime.fromtimestamp(self.iat, UTC)

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.exp, UTC)


def address(base_url: str, organization_id: UUID) -> str:
    """Where a pack is fetched, which is also what it says it is about."""
    return f"{base_url}{PATH}/{organization_id}"


def code_digest(code: str) -> str:
    """SHA-256 of the 15 characters of a printed code, in hexadecimal digits. The code has 65 random bits, so it needs no salt."""
    return sha256(code.encode()).hexdigest()


def end_of(day: date, zone: tzinfo) -> int:
    """When a day has ended in the district, in seconds since 1970."""
    return int(begin_of(day + timedelta(days=1), zone).timestamp())


def write(pack: Pack, key: PrivateKey) -> str:
    """Sign a pack."""
    return sign_compact(pack.model_dump_json().encode(), TYPE, key)


def read(token: str, keys: Iterable[PublicKey]) -> Pack:
    """Check a pack's signature and read it; whether its time has passed is for the reader to judge. Raises only InvalidToken."""
    try:
        return Pack.model_validate_json(read_signed(token, TYPE, keys))
    except ValueError:
        raise InvalidToken from None
