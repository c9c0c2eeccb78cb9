"""What is made rather than answered: signatures, cards, QR codes, status lists."""

import io
import random
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Final

import segno
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import update
from sqlmodel import select

from api.adapters.jose import PrivateKey, signing_input
from api.cards import service as cards
from api.codes import qr
from api.codes.reading import DynamicCode, address, new_printed_code, read_code
from api.codes.signing import check_signature, header, sign_code
from api.database import Origin
from api.status_lists import encoding, token
from api.status_lists.rules import BITS, SIZE, Status
from models.card import Card
from models.enums import CardState, MemberStatus, PlateKind
from models.member import Member
from tests.bench.measure import MICROSECONDS, Finding, Plan, Rounds, compare, feeding, finding
from tests.bench.places import Places
from tests.bench.seeding import STATUS_LIST, fill
from tests.bench.serving import Server, cost, request

QR_OWED: Final = 1.2
LIST_OWED: Final = 1.2
OWED_A_CARD: Final = 1000.0
"""Microseconds: a thousand cards a second and core."""

PUBLIC_URL: Final = "https://lx.example.gov.cn"


def codes(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Signing and checking a dynamic code against the two operations of OpenSSL that are in them."""
    secret = ec.generate_private_key(ec.SECP256R1())
    key = PrivateKey.from_bytes(secret.private_numbers().private_value.to_bytes(32))
    rounds, each = plan.pick(30, 2), plan.pick(300, 20)
    algorithm = ec.ECDSA(SHA256())
    made = [_signed(key, number) for number in range((rounds + 1) * each)]
    messages = [signing_input(header(key.public), code.signed_bytes) for code in made]

    tell("signing codes")
    signed = compare(
        feeding(lambda number: _signed(key, number).pack(), range(len(made))),
        feeding(lambda message: secret.sign(message, algorithm), messages),
        rounds=rounds,
        each=each,
    )
    yield finding("code.sign", "a dynamic code signed and packed", "ECDSA by OpenSSL", signed)

    def check(text: str) -> None:
        code = read_code(text)
        assert isinstance(code, DynamicCode) and check_signature(code, key.public)

    tell("checking codes")
    signatures = [encode_dss_signature(int.from_bytes(code.signature[:32]), int.from_bytes(code.signature[32:])) for code in made]
    public = secret.public_key()
    checked = compare(
        feeding(check, [code.pack() for code in made]),
        feeding(lambda pair: public.verify(*pair, algorithm), list(zip(signatures, messages, strict=True))),
        rounds=rounds,
        each=each,
    )
    yield finding("code.check", "a dynamic code read and checked", "ECDSA by OpenSSL", checked)


def _signed(key: PrivateKey, number: int) -> DynamicCode:
    return sign_code(
        credential_number=number, issued_at=1_700_000_000 + number, status_list=0, status_index=number, key=key, slot=0
    )


def issuing(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Cards issued in batches, audit lines and commit included; on SQLite, where all the work is in one process."""
    number, rounds = plan.pick(2_000, 50), plan.pick(5, 1)
    house = places.house(places.database("sqlite", "issuing"))
    fill(house, 1)
    spent: Rounds = []
    for turn in range(rounds + 1):
        tell(f"issuing cards, round {turn} of {rounds}")
        with house.database.writing(Origin("bench")) as work:
            branch = work.exec(select(Card.organization_id).limit(1)).one()
            batch = [
                Member(organization_id=branch, full_name="王秀兰", joined_on=date(1995, 7, 1), status=MemberStatus.full)
                for _ in range(number)
            ]
            work.add_all(batch)
        began = time.process_time()
        with house.database.writing(Origin("bench")) as work:
            for _ in cards.issue_to(work, batch, cards.Issuing(house.status_key, 5)):
                pass
        spent.append(((time.process_time() - began) * MICROSECONDS / number, OWED_A_CARD))
    house.database.close()
    yield finding("card.issue", "a card issued in a batch of thousands", "a millisecond", spent[1:], 1.0)


def drawing(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Matrix and picture of codes of both kinds against `segno`, in the same level, mode and size of a module."""
    rounds, each = plan.pick(15, 1), plan.pick(20, 3)
    number = (rounds + 1) * each
    key = PrivateKey.generate()

    def by_segno(content: object, level: str) -> None:
        code = segno.make(content, error=level, micro=False, boost_error=False)  # type: ignore[arg-type]
        code.save(io.BytesIO(), kind="png", scale=8)

    tell("drawing printed codes")
    texts = [address(PUBLIC_URL, new_printed_code(PlateKind.desk_plate)) for _ in range(number)]
    assert segno.make(texts[0], error="q", micro=False, boost_error=False).version == qr.printed(texts[0]).version
    drawn = compare(
        feeding(lambda text: qr.png(qr.printed(text)), texts[::-1]),
        feeding(lambda text: by_segno(text, "q"), texts),
        rounds=rounds,
        each=each,
    )
    yield finding("qr.printed", "a printed code as PNG, never drawn before", "segno", drawn, QR_OWED)

    tell("drawing dynamic codes")
    packed = [_signed(key, turn).pack() for turn in range(number)]
    pairs = [(address(PUBLIC_URL, "1"), code[1:]) for code in packed]
    assert segno.make(pairs[0], error="m", micro=False, boost_error=False).version == qr.DYNAMIC_VERSION  # type: ignore[arg-type]
    drawn = compare(
        feeding(lambda code: qr.png(qr.dynamic(address(PUBLIC_URL, code))), packed),
        feeding(lambda pair: by_segno(pair, "m"), pairs),
        rounds=rounds,
        each=each,
    )
    yield finding("qr.dynamic", "a dynamic code as PNG", "segno", drawn, QR_OWED)


def lists(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """A list of 2^20 cards, one in a hundred of them not valid: written, and served."""
    chance = random.Random(7)
    indices = chance.sample(range(SIZE), SIZE // 100)
    entries = [(index, chance.choice((Status.revoked, Status.suspended))) for index in indices]
    data = encoding.pack(entries, size=SIZE, bits=BITS)
    key = PrivateKey.generate()
    at = datetime(2026, 11, 23, tzinfo=UTC)
    tell("writing status lists")
    written = compare(
        lambda: token.write(entries, 0, base_url=PUBLIC_URL, at=at, key=key),
        lambda: zlib.compress(data, 9),
        rounds=plan.pick(15, 1),
        each=plan.pick(3, 1),
    )
    yield finding("list.write", "a status list built, compressed and signed", "zlib at level 9", written, LIST_OWED)
    yield _served(places, plan, tell)


def _served(places: Places, plan: Plan, tell: Callable[[str], None]) -> Finding:
    tell("serving status lists")
    url = places.database("sqlite", "lists")
    house = places.house(url)
    fill(house, plan.pick(SIZE // 100, 100))
    with house.database.writing(Origin("bench")) as work:
        work.execute(update(Card).values(state=CardState.revoked))
    house.database.close()
    static, asked = places.folder / "list.jwt", request(f"{token.PATH}/{STATUS_LIST}", "*/*")
    number, rounds, wait, spent = plan.pick(800, 40), plan.pick(10, 1), not plan.quick, []
    with Server.start("api.serving:application", places.folder / "lists.log", places.environment(url)) as application:
        static.write_bytes(application.ask([asked], b"statuslist+jwt").partition(b"\r\n\r\n")[2])
        with Server.start("tests.bench.yardsticks:static", places.folder / "static.log", {"BENCH_STATIC": str(static)}) as plain:
            for turn in range(rounds + 1):
                before = application.spend(wait), plain.spend(wait)
                for server, path in ((application, asked), (plain, request("/", "*/*")))[:: 1 if turn % 2 else -1]:
                    server.ask([path] * number, b"statuslist+jwt")
                spent.append((cost(before[0], application.spend(wait), number), cost(before[1], plain.spend(wait), number)))
    return finding("list.serve", "an unchanged status list", "a static answer by Starlette", spent[1:], LIST_OWED)
