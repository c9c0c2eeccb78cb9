"""The cases of the published vectors, each with what is to be told of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from api.adapters.jose import ORDER, PrivateKey, from_base64url, header, sign_access_token, signing_input
from api.codes.reading import DynamicCode, address, grouped, venue_code
from api.codes.signing import compact_form, sign_code
from api.offline.invented import (
    AT,
    BAI,
    FANG,
    FORGER,
    GU,
    HE,
    JIN,
    KEYS,
    LU,
    NING,
    PUBLIC_URL,
    QIU,
    SHEN,
    SIGNED_AT,
    STRANGER,
    SUN,
    TANG,
    WITHDRAWN,
    WITHDRAWN_SLOT,
    YE,
    Holder,
    signed_files,
)
from api.offline.rules import Age, Outcome, Reason
from api.packs.token import TYPE as PACK_TYPE
from api.status_lists.token import TYPE as LIST_TYPE

EVERY_LIST: Final = ("statuses/0.jwt", "statuses/1.jwt", "statuses/2.jwt")
PACK: Final = ("pack.jwt",)


@dataclass(frozen=True)
class Case:
    """One code, what is at hand when it is checked, and what is to be told.

    `known_by` and `plate_by` name the files that tell the card's state and that the plate is not withdrawn. `of` is the holder
    whose issuer is told.
    """

    name: str
    text: str
    at: datetime
    outcome: Outcome
    reason: Reason
    known_by: str | None = None
    plate_by: str | None = None
    freshness: Age | None = None
    of: Holder | None = None
    lists: Sequence[str] = EVERY_LIST
    packs: Sequence[str] = PACK


LIST, LATER_LIST = "statuses/0.jwt", "statuses/1.jwt"
NEXT_SECOND: Final = timedelta(seconds=1)
LENGTH: Final = 82


def every_case() -> list[Case]:
    """All cases, each with a name of its own."""
    return [*_printed(), *_malformed_printed(), *_packs(), *_dynamic(), *_times(), *_lists(), *_forged(), *_malformed_dynamic()]


def _case(name: str, text: str, outcome: Outcome, reason: Reason, **more: Any) -> Case:
    fields: dict[str, Any] = {"at": AT} | more
    return Case(name, text, outcome=outcome, reason=reason, **fields)


def _valid(name: str, text: str, of: Holder | None, **more: Any) -> Case:
    return _case(name, text, Outcome.valid, Reason.card_valid, **{"known_by": LIST, "freshness": Age.fresh, "of": of} | more)


def _unknown(name: str, text: str, reason: Reason, **more: Any) -> Case:
    return _case(name, text, Outcome.not_found, reason, **more)


def _printed() -> Iterator[Case]:
    good, look_alike = FANG.code(), FANG.code(1)
    by: dict[str, Any] = {"plate_by": "pack.jwt"}
    yield _valid("printed", good, FANG, **by)
    yield _valid("printed, its whole address", address(PUBLIC_URL, good), FANG, **by)
    yield _valid("printed, an address as a browser may write it", f"{PUBLIC_URL}/c/{good}?lang=en#top", FANG, **by)
    yield _valid("printed, small letters", good.lower(), FANG, **by)
    yield _valid("printed, in groups", grouped(good), FANG, **by)
    yield _valid("printed, in groups with spaces", f" {grouped(good).replace('-', '  ')} ", FANG, **by)
    yield _valid("printed, 0 and 1 as they are", look_alike, FANG, **by)
    yield _valid("printed, O and I for 0 and 1", look_alike.replace("0", "O").replace("1", "I"), FANG, **by)
    yield _valid("printed, o and l for 0 and 1", look_alike.lower().replace("0", "o").replace("1", "l"), FANG, **by)
    for name, text in (
        ("followed by a full stop", f"{good}。"),
        ("followed by a point", f"{good}."),
        ("followed by a zero-width space", f"{good}\u200b"),
        ("followed by the end of a line", f"{good}\r\n"),
        ("in groups with dots", grouped(good).replace("-", ".")),
        ("in groups with middle dots", grouped(good).replace("-", "·")),
        ("its whole address, followed by a full stop", f"{address(PUBLIC_URL, good)}。"),
    ):
        yield _valid(f"printed, {name}", text, FANG, **by)
    yield _valid("printed, full width", "".join(chr(ord(one) + 0xFEE0) for one in good), FANG, **by)
    listed: dict[str, Any] = by | {"known_by": LIST, "freshness": Age.fresh}
    yield _case("printed, suspended", LU.code(), Outcome.suspended, Reason.card_suspended, of=LU, **listed)
    yield _case("printed, revoked since the pack", SHEN.code(), Outcome.revoked, Reason.card_revoked, of=SHEN, **listed)
    yield _case("printed, expired by the list", GU.code(), Outcome.expired, Reason.card_expired, of=GU, **listed)
    yield _case("printed, past its last day", TANG.code(), Outcome.expired, Reason.card_expired, of=TANG, **listed)
    yield _valid("printed, on its last day", SUN.code(), SUN, **by)
    newer: dict[str, Any] = by | {"known_by": "pack.jwt"}
    yield _valid("printed, resumed in a pack newer than the list", YE.code(), YE, **newer)
    yield _valid("printed, its list has lapsed: as of the pack", BAI.code(), BAI, **newer)
    yield _valid("printed, its list is not at hand: as of the pack", JIN.code(), JIN, **newer)
    suspended: dict[str, Any] = newer | {"freshness": Age.fresh, "of": LU, "lists": ()}
    yield _case("printed, suspended, no list at all", LU.code(), Outcome.suspended, Reason.card_suspended, **suspended)


def _malformed_printed() -> Iterator[Case]:
    good = FANG.code()
    yield _unknown("printed, wrong check character", good[:-1] + "0", Reason.code_malformed)
    yield _unknown("printed, one character wrong", good[:5] + "8" + good[6:], Reason.code_malformed)
    yield _unknown("printed, two neighbours swapped", good[:4] + good[5] + good[4] + good[6:], Reason.code_malformed)
    yield _unknown("printed, a letter that is no plate's", "X" + good[1:], Reason.code_malformed)
    yield _unknown("printed, the code of a venue", venue_code(1), Reason.venue_code)
    yield _unknown("printed, the code of a venue, wrong check character", venue_code(1)[:-1] + "0", Reason.code_malformed)
    yield _unknown("printed, a character too few", good[:-1], Reason.code_malformed)
    yield _unknown("printed, a character too many", good + "0", Reason.code_malformed)
    yield _unknown("printed, U is in no code", good.replace("8", "U"), Reason.code_malformed)
    yield _unknown("nothing", "", Reason.code_malformed)
    yield _unknown("other words", "党员身份卡", Reason.code_malformed)
    yield _unknown("an address without a code", f"{PUBLIC_URL}/C/", Reason.code_malformed)


def _packs() -> Iterator[Case]:
    withdrawn = FANG.code(2)
    early = ("pack-earlier.jwt",)
    amber: dict[str, Any] = {"plate_by": "pack-earlier.jwt", "freshness": Age.amber, "packs": early}
    yield _unknown("printed, of a branch whose pack is not at hand", STRANGER.code(), Reason.not_in_packs)
    yield _unknown("printed, no pack at all", FANG.code(), Reason.not_in_packs, packs=())
    yield _unknown("printed, withdrawn", withdrawn, Reason.not_in_packs)
    yield _unknown("printed, withdrawn, with the pack before", withdrawn, Reason.not_in_packs, packs=(*PACK, *early))
    yield _unknown("printed, withdrawn, with the pack before first", withdrawn, Reason.not_in_packs, packs=(*early, *PACK))
    yield _valid("printed, withdrawn since the only pack: nobody can know", withdrawn, FANG, **amber)
    yield _valid("printed, an old pack and no list", FANG.code(), FANG, **amber | {"known_by": "pack-earlier.jwt", "lists": ()})
    lapsed: dict[str, Any] = {"packs": (*PACK, "pack-lapsed.jwt")}
    yield _case("printed, its pack has lapsed", QIU.code(), Outcome.status_unknown, Reason.pack_lapsed, **lapsed)
    yield _valid("dynamic, its pack has lapsed", _signed(QIU).pack(), None, **lapsed)
    yield _unknown("printed, a forged pack", FANG.code(), Reason.not_in_packs, packs=("pack-forged.jwt",))
    yield _unknown("printed, a list in the place of a pack", FANG.code(), Reason.not_in_packs, packs=(LIST,))
    before = SIGNED_AT["pack.jwt"] - timedelta(seconds=31)
    yield _case("printed, the clock is behind", FANG.code(), Outcome.status_unknown, Reason.clock_behind, at=before)


def _dynamic() -> Iterator[Case]:
    good = _signed(FANG)
    listed: dict[str, Any] = {"known_by": LIST, "freshness": Age.fresh}
    yield _valid("dynamic", good.pack(), FANG)
    yield _valid("dynamic, its whole address", address(PUBLIC_URL, good.pack()), FANG)
    yield _valid("dynamic, followed by a space", f"{good.pack()} ", FANG)
    yield _valid("dynamic, its whole address, followed by a full stop", f"{address(PUBLIC_URL, good.pack())}。", FANG)
    yield _valid("dynamic, key in slot 1", _signed(FANG, slot=1).pack(), FANG)
    yield _valid("dynamic, key in slot 255", _signed(FANG, slot=255).pack(), FANG)
    yield _valid("dynamic, no pack at all", good.pack(), None, packs=())
    yield _valid("dynamic, of a branch whose pack is not at hand", _signed(STRANGER).pack(), None)
    yield _case("dynamic, suspended", _signed(LU).pack(), Outcome.suspended, Reason.card_suspended, of=LU, **listed)
    yield _case("dynamic, revoked", _signed(SHEN).pack(), Outcome.revoked, Reason.card_revoked, of=SHEN, **listed)
    yield _case("dynamic, expired by the list", _signed(GU).pack(), Outcome.expired, Reason.card_expired, of=GU, **listed)
    yield _case("dynamic, past its last day", _signed(TANG).pack(), Outcome.expired, Reason.card_expired, of=TANG, **listed)
    alone = listed | {"packs": ()}
    yield _case("dynamic, expired by the list, no pack", _signed(GU).pack(), Outcome.expired, Reason.card_expired, **alone)
    by_pack: dict[str, Any] = {"known_by": "pack.jwt", "freshness": Age.fresh}
    text = _signed(NING).pack()
    yield _case("dynamic, suspended in a newer pack", text, Outcome.suspended, Reason.card_suspended, of=NING, **by_pack)
    text = _signed(LU).pack()
    by_pack |= {"lists": ()}
    yield _case("dynamic, suspended in a pack, no list", text, Outcome.suspended, Reason.card_suspended, of=LU, **by_pack)
    both = (LIST, "statuses/0-earlier.jwt")
    yield _valid("dynamic, of two lists the newer counts", good.pack(), FANG, lists=both)
    yield _valid("dynamic, of two lists the newer counts, in either order", good.pack(), FANG, lists=both[::-1])


def _times() -> Iterator[Case]:
    stale: dict[str, Any] = {"known_by": LIST, "freshness": Age.fresh}
    for name, age, lifetime, fresh in (
        ("a second past the tolerance", 91, 60, False),
        ("on the edge of the tolerance", 90, 60, True),
        ("as old as a code may be", 60, 60, True),
        ("a day old", 86400, 60, False),
        ("from the future, on the edge of the tolerance", -30, 60, True),
        ("a shorter lifetime, on the edge", 40, 10, True),
        ("a shorter lifetime, past it", 41, 10, False),
    ):
        text = _signed(FANG, age=age, lifetime=lifetime).pack()
        if fresh:
            yield _valid(f"dynamic, {name}", text, FANG)
        else:
            yield _case(f"dynamic, {name}", text, Outcome.stale_code, Reason.code_too_old, of=FANG, **stale)
    ahead = _signed(FANG, age=-31).pack()
    name = "dynamic, from the future, a second past the tolerance"
    yield _case(name, ahead, Outcome.status_unknown, Reason.clock_behind, of=FANG, **stale)
    old = _signed(LU, age=3600).pack()
    yield _case("dynamic, old and suspended", old, Outcome.suspended, Reason.card_suspended, of=LU, **stale)
    old = _signed(JIN, age=3600).pack()
    yield _case("dynamic, old and without its list", old, Outcome.stale_code, Reason.code_too_old, of=JIN)


def _lists() -> Iterator[Case]:
    unknown = Outcome.status_unknown
    fresh: dict[str, Any] = {"freshness": Age.fresh}
    amber: dict[str, Any] = {"freshness": Age.amber}
    yield _valid("dynamic, its list is past its ttl", _signed(HE).pack(), HE, known_by=LATER_LIST, **amber)
    yield _case(
        "dynamic, suspended by a list past its ttl",
        _signed(YE).pack(),
        Outcome.suspended,
        Reason.card_suspended,
        known_by=LATER_LIST,
        of=YE,
        **amber,
    )
    yield _case("dynamic, its list has lapsed", _signed(BAI).pack(), unknown, Reason.list_lapsed, of=BAI)
    yield _case("dynamic, its list is not at hand", _signed(JIN).pack(), unknown, Reason.list_missing, of=JIN)
    yield _case("dynamic, no list at all", _signed(FANG).pack(), unknown, Reason.list_missing, of=FANG, lists=())
    for name, one in (("forged", "statuses/3-forged.jwt"), ("signed as a pack", "statuses/3-as-pack.jwt")):
        only = (*EVERY_LIST, one)
        yield _case(f"dynamic, its list is {name}", _signed(JIN).pack(), unknown, Reason.list_missing, of=JIN, lists=only)
    as_list = (*EVERY_LIST, "pack.jwt")
    yield _case("dynamic, a pack among the lists", _signed(JIN).pack(), unknown, Reason.list_missing, of=JIN, lists=as_list)
    signed_at = SIGNED_AT[LIST]
    ttl, end = signed_at + timedelta(seconds=300), signed_at + timedelta(hours=24)
    for name, at, more in (
        ("in the last second of its list's ttl", ttl, fresh),
        ("in the second after its list's ttl", ttl + NEXT_SECOND, amber),
        ("in the last second of its list", end - NEXT_SECOND, amber),
        ("its list is from half a minute ahead", signed_at - timedelta(seconds=30), fresh),
    ):
        text = _signed(FANG, at=at).pack()
        yield _valid(f"dynamic, {name}", text, None, at=at, packs=(), **more)
    text = _signed(FANG, at=end).pack()
    yield _case("dynamic, in the second in which its list lapses", text, unknown, Reason.list_lapsed, at=end, packs=())
    early = signed_at - timedelta(seconds=31)
    text = _signed(FANG, at=early).pack()
    yield _case("dynamic, the clock is behind", text, unknown, Reason.clock_behind, at=early, packs=())


def _forged() -> Iterator[Case]:
    good = _signed(FANG)
    r, s = good.signature[:32], int.from_bytes(good.signature[32:])
    for name, code in (
        ("the credential number altered", good._replace(credential_number=good.credential_number + 1)),
        ("the time altered", good._replace(issued_at=good.issued_at + 1)),
        ("the lifetime altered", good._replace(lifetime=255)),
        ("the list altered", good._replace(status_list=1)),
        ("the index altered", good._replace(status_index=good.status_index + 1)),
        ("the key slot altered", good._replace(key_slot=1)),
        ("r altered", good._replace(signature=bytes([r[0] ^ 1]) + good.signature[1:])),
        ("s altered", good._replace(signature=good.signature[:-1] + bytes([good.signature[-1] ^ 1]))),
        ("signed by a key that is another slot's", _signed(FANG, slot=0, key=KEYS[1])),
        ("signed by a forger", _signed(FANG, key=FORGER)),
        ("another card's signature", good._replace(signature=_signed(LU).signature)),
        ("s in its high half", good._replace(signature=r + (ORDER - s).to_bytes(32))),
        ("r is 0", good._replace(signature=bytes(32) + good.signature[32:])),
        ("s is 0", good._replace(signature=r + bytes(32))),
        ("r and s are 0", good._replace(signature=bytes(64))),
        ("r is the order", good._replace(signature=ORDER.to_bytes(32) + good.signature[32:])),
        ("s is the order", good._replace(signature=r + ORDER.to_bytes(32))),
        ("r and s are as large as can be", good._replace(signature=b"\xff" * 64)),
        ("signed as a status list", _signed_as(LIST_TYPE)),
        ("signed as a pack", _signed_as(PACK_TYPE)),
        ("signed as an access token", _signed_as("at+jwt")),
        ("a status list's own signature", good._replace(signature=_signature_of("statuses/0.jwt"))),
        ("a pack's own signature", good._replace(signature=_signature_of("pack.jwt"))),
    ):
        yield _unknown(f"dynamic, {name}", code.pack(), Reason.signature_wrong)
    yield _unknown("dynamic, a slot without a key", _signed(FANG, slot=9, key=KEYS[0]).pack(), Reason.key_unknown)
    withdrawn = _signed(FANG, slot=WITHDRAWN_SLOT, key=WITHDRAWN)
    yield _unknown("dynamic, a withdrawn key", withdrawn.pack(), Reason.key_unknown)


def _malformed_dynamic() -> Iterator[Case]:
    good = _signed(FANG)
    text, number = good.pack(), int(good.pack()[1:])
    signed_bytes = good.signed_bytes
    claims = {"iss": "liangxian", "aud": "liangxian", "sub": "1", "jti": "1", "iat": 0, "exp": 2**33}
    for name, malformed in (
        ("a leading zero missing", f"1{text[2:]}"),
        ("all leading zeros missing", f"1{number}"),
        ("a leading zero too many", f"10{text[1:]}"),
        ("two leading zeros too many", f"100{text[1:]}"),
        ("without its first character", text[1:]),
        ("another first character", f"2{text[1:]}"),
        ("a number too large for its bytes", f"1{1 << 8 * LENGTH:0198d}"),
        ("the largest number of so many digits", "1" + "9" * 198),
        ("the number 0", "1" + "0" * 198),
        ("format 2, well signed", _raw(b"\x02" + signed_bytes[1:])),
        ("an index past the list's end, well signed", _raw(signed_bytes[:14] + b"\x10\x00\x00" + signed_bytes[17:])),
        ("a space in it", f"{text[:100]} {text[100:]}"),
        ("a hyphen in it", f"{text[:100]}-{text[100:]}"),
        ("full width digits", "".join(chr(ord(one) + 0xFEE0) for one in text)),
        ("a sign before the number", f"1+{text[2:]}"),
        ("its compact form is no code", compact_form(good, KEYS[0].public)),
        ("a status list is no code", signed_files()["statuses/0.jwt"]),
        ("an access token is no code", sign_access_token(claims, key_id="1", secret=b"a secret of the test vectors only")),
    ):
        yield _unknown(f"dynamic, {name}", malformed, Reason.code_malformed)


def _signed(
    holder: Holder, *, at: Any = AT, age: int = 20, slot: int = 0, key: PrivateKey | None = None, lifetime: int = 60
) -> DynamicCode:
    """The code of a card as it was shown `age` seconds before."""
    return sign_code(
        credential_number=holder.credential_number,
        issued_at=int(at.timestamp()) - age,
        status_list=holder.place[0],
        status_index=holder.place[1],
        key=key or KEYS[slot],
        slot=slot,
        lifetime=lifetime,
    )


def _signed_as(kind: str) -> DynamicCode:
    """A good code's bytes, signed under the header of another kind of token."""
    good = _signed(FANG)
    return good._replace(signature=KEYS[0].sign(signing_input(header(kind, KEYS[0].public), good.signed_bytes)))


def _signature_of(name: str) -> bytes:
    return from_base64url(signed_files()[name].rpartition(".")[2])


def _raw(signed_bytes: bytes) -> str:
    """The text of bytes that no code may have, well signed."""
    signature = KEYS[0].sign(signing_input(header("lx+jws", KEYS[0].public), signed_bytes))
    return f"1{int.from_bytes(signed_bytes + signature):0198d}"
