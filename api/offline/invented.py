"""The invented branch that the published vectors tell of: its keys, its people, and what was signed of them, always the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from hashlib import sha256
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from api.adapters.jose import PrivateKey, compact, from_base64url, header, signing_input
from api.codes.reading import ALPHABET, printed_code
from api.packs import rules as pack_rules
from api.packs import token as packs
from api.packs.token import Pack, PackedCard, PackedOrganization, PackedPlate
from api.status_lists import token as lists
from api.status_lists.rules import Status
from models.enums import CardState, PartyPost, PlateKind

PUBLIC_URL: Final = "https://lx.example.gov.cn"
PHRASE: Final = "liangxian test vectors: a key for tests only, which no installation uses"
ZONE: Final = ZoneInfo("Asia/Shanghai")
AT: Final = datetime(2026, 11, 23, 2, 15, 30, tzinfo=UTC)
"""A quarter past ten in the morning, district time."""


def published_key(name: str) -> PrivateKey:
    """The key whose secret is the SHA-256 of the published phrase and its name."""
    return PrivateKey.from_bytes(sha256(f"{PHRASE}, {name}".encode()).digest(), deterministic=True)


KEYS: Final = {slot: published_key(f"slot {slot}") for slot in (0, 1, 255)}
WITHDRAWN_SLOT: Final = 2
WITHDRAWN: Final = published_key(f"slot {WITHDRAWN_SLOT}")
"""It has signed, and is in no key set any more."""
FORGER: Final = published_key("forger")


@dataclass(frozen=True)
class Holder:
    """An invented member: the card as the pack tells of it, and its plates' random characters by kind."""

    name: str
    credential_number: int
    place: tuple[int, int]
    plates: tuple[tuple[PlateKind, str], ...] = ()
    state: CardState = CardState.valid
    expires_on: date = date(2030, 6, 30)
    post: PartyPost | None = None
    photo: str | None = None

    def code(self, at: int = 0) -> str:
        """The printed code of a plate."""
        kind, characters = self.plates[at]
        return printed_code(kind, reduce(lambda number, one: number << 5 | ALPHABET.index(one), characters, 0))

    def packed(self, plates: Sequence[int]) -> PackedCard:
        return PackedCard(
            credential_number=self.credential_number,
            state=self.state,
            name=self.name,
            posts=[self.post] if self.post else [],
            expires_on=self.expires_on,
            expires_at=packs.end_of(self.expires_on, ZONE),
            status_list=self.place[0],
            status_index=self.place[1],
            photo=self.photo,
            plates=[PackedPlate(kind=self.plates[at][0], digest=packs.code_digest(self.code(at))) for at in plates],
        )


_K = PlateKind
_YESTERDAY = date(2026, 11, 22)
FANG: Final = Holder(
    "方秀兰",
    0x0102_0304_0506,
    (0, 12345),
    ((_K.desk_plate, "7K2M9Q4R8T3V6"), (_K.name_badge, "01GQ10ZR1K7M0"), (_K.window_plate, "W1THDRAWN0000")),
    post=PartyPost.secretary,
    photo=sha256(b"an invented photo").hexdigest(),
)
LU: Final = Holder("陆明远", 0, (0, 2**20 - 1), ((_K.desk_plate, "SVSPENDED0001"),), CardState.suspended)
SHEN: Final = Holder("沈桂芳", 2**48 - 1, (0, 0), ((_K.household_plate, "REV0KED000002"),))
GU: Final = Holder("顾长青", 0xA1, (0, 1), ((_K.post_plate, "EXP1RED000003"),), expires_on=_YESTERDAY)
TANG: Final = Holder("唐小满", 0xA2, (0, 2), ((_K.post_plate, "ENDED00000004"),), expires_on=_YESTERDAY)
SUN: Final = Holder("孙立春", 0xA3, (0, 3), ((_K.post_plate, "1ASTDAY000005"),), expires_on=date(2026, 11, 23))
HE: Final = Holder("何雨晴", 0xA4, (1, 77), ((_K.name_badge, "AMBER00000006"),))
YE: Final = Holder("叶知秋", 0xA5, (1, 78), ((_K.name_badge, "RESVMED000007"),))
NING: Final = Holder("宁向东", 0xA8, (1, 79), ((_K.name_badge, "SVSPENDED0012"),), CardState.suspended)
BAI: Final = Holder("白云飞", 0xA6, (2, 9), ((_K.name_badge, "1APSED0000008"),))
JIN: Final = Holder("金小川", 0xA7, (3, 9), ((_K.name_badge, "ABSENT0000009"),))
QIU: Final = Holder("邱海棠", 0xB1, (0, 4), ((_K.desk_plate, "0THER00000010"),))
"""Of another branch, whose pack at hand has lapsed."""
STRANGER: Final = Holder("", 0xC1, (0, 5), ((_K.desk_plate, "VNKN0WN000011"),))
"""Of a branch whose pack is not at hand."""
BRANCH: Final = (FANG, LU, SHEN, GU, TANG, SUN, HE, YE, NING, BAI, JIN)
HOLDERS: Final = (*BRANCH, QIU, STRANGER)
_OF_FANG: Final = {"pack.jwt": (0, 1), "pack-earlier.jwt": (0, 1, 2)}
"""Her third plate was withdrawn between the two packs."""

ORGANIZATION: Final = PackedOrganization(name="石桥村第一党支部", service_phone="0574-00001234")
ELSEWHERE: Final = PackedOrganization(name="石桥村第二党支部", service_phone=None)

_HOUR = timedelta(hours=1)
SIGNED_AT: Final = {
    "statuses/0.jwt": AT - timedelta(seconds=90),
    "statuses/0-earlier.jwt": AT - 2 * _HOUR,
    "statuses/1.jwt": AT - _HOUR,
    "statuses/2.jwt": AT - 25 * _HOUR,
    "statuses/3-forged.jwt": AT - timedelta(seconds=90),
    "statuses/3-as-pack.jwt": AT - timedelta(seconds=90),
    "pack.jwt": AT - timedelta(seconds=120),
    "pack-earlier.jwt": AT - 3 * _HOUR,
    "pack-lapsed.jwt": AT - 25 * _HOUR,
    "pack-forged.jwt": AT - timedelta(seconds=120),
}
"""When each signed file was signed."""

ENTRIES: Final[Mapping[str, Mapping[Holder, Status]]] = {
    "statuses/0.jwt": {LU: Status.suspended, SHEN: Status.revoked, GU: Status.expired},
    "statuses/0-earlier.jwt": {FANG: Status.suspended},
    "statuses/1.jwt": {YE: Status.suspended},
}
"""The entries of each list that are not 0."""


def _list(name: str, number: int, key: PrivateKey) -> str:
    entries = [(holder.place[1], status) for holder, status in ENTRIES.get(name, {}).items()]
    return lists.write(entries, number, base_url=PUBLIC_URL, at=SIGNED_AT[name], key=key)


def _pack(name: str, organization: PackedOrganization, holders: Sequence[Holder], key: PrivateKey) -> str:
    issued = int(SIGNED_AT[name].timestamp())
    pack = Pack(
        sub=packs.address(PUBLIC_URL, UUID(int=0x01990101 << 96 | (organization is ELSEWHERE))),
        iat=issued,
        exp=issued + int(pack_rules.LIFETIME.total_seconds()),
        ttl=int(pack_rules.TTL.total_seconds()),
        organization=organization,
        cards=[holder.packed(_OF_FANG[name] if holder is FANG else range(len(holder.plates))) for holder in holders],
    )
    return packs.write(pack, key)


def _signed_as(token: str, kind: str, named: PrivateKey, signer: PrivateKey) -> str:
    """The payload of a token under a header of that `typ` and that key, signed by another."""
    head, payload = header(kind, named.public), from_base64url(token.split(".")[1])
    return compact(head, payload, signer.sign(signing_input(head, payload)))


def signed_files() -> dict[str, str]:
    """The lists and packs by their names."""
    third = _list("statuses/3-forged.jwt", 3, KEYS[0])
    pack = _pack("pack.jwt", ORGANIZATION, BRANCH, KEYS[0])
    return {
        "statuses/0.jwt": _list("statuses/0.jwt", 0, KEYS[0]),
        "statuses/0-earlier.jwt": _list("statuses/0-earlier.jwt", 0, KEYS[0]),
        "statuses/1.jwt": _list("statuses/1.jwt", 1, KEYS[1]),
        "statuses/2.jwt": _list("statuses/2.jwt", 2, KEYS[0]),
        "statuses/3-forged.jwt": _signed_as(third, lists.TYPE, KEYS[0], FORGER),
        "statuses/3-as-pack.jwt": _signed_as(third, packs.TYPE, KEYS[0], KEYS[0]),
        "pack.jwt": pack,
        "pack-earlier.jwt": _pack("pack-earlier.jwt", ORGANIZATION, BRANCH, KEYS[1]),
        "pack-lapsed.jwt": _pack("pack-lapsed.jwt", ELSEWHERE, [QIU], KEYS[0]),
        "pack-forged.jwt": _signed_as(pack, packs.TYPE, KEYS[0], FORGER),
    }


def key_set() -> str:
    """The key set, with a word on what it is: readers pass over members that they do not know (RFC 7517, section 5)."""
    keys = [key.public.jwk(slot) for slot, key in KEYS.items()]
    return json.dumps({"about": PHRASE, "keys": keys}, ensure_ascii=False, indent=2) + "\n"
