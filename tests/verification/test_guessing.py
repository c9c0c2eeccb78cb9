"""Nobody finds a card by trying: random codes of every shape lead to nothing.

`RANDOM_CODES` of each kind; the suite takes a short form, `make endure` a million.
"""

import asyncio
import os
import random
from datetime import UTC, datetime

from api.codes.reading import DynamicCode, new_printed_code, read_code
from api.house import House
from api.verification import service
from api.verification.reader import reader
from models.enums import PlateKind, ScanOutcome
from tests.conftest import District
from tests.verification.holders import hold, signed

ON_ENGINES = ("sqlite",)
CODES = int(os.environ.get("RANDOM_CODES", "3000"))
SEED = 20261123


def outcomes(house: House, codes: list[str]) -> set[ScanOutcome]:
    """What the door answers to these codes, asked as its routes ask it."""

    async def ask() -> set[ScanOutcome]:
        door = reader(house.settings.database_url)
        await door.open()
        at, zone = datetime.now(UTC), house.settings.zone
        told = {(await service.verify_code(door, None, code, at, zone, lambda *_: None, None)).outcome for code in codes}
        await door.close()
        return told

    return asyncio.run(ask())


def test_random_printed_codes_with_their_check_character_lead_nowhere(district: District, house: House) -> None:
    chance = random.Random(SEED)
    for name in ("王秀兰", "李建国", "方秀兰"):
        hold(house, district.ids["B11"], name)
    kinds = list(PlateKind)
    codes = [new_printed_code(chance.choice(kinds), chance.getrandbits) for _ in range(CODES)]
    assert all(read_code(code) for code in codes)
    assert outcomes(house, codes) == {ScanOutcome.not_found}


def test_random_signatures_over_a_living_cards_own_number_are_not_genuine(district: District, house: House) -> None:
    chance = random.Random(SEED)
    real = signed(house, hold(house, district.ids["B11"]))
    assert outcomes(house, [real.pack()]) == {ScanOutcome.valid}
    fields = (real.credential_number, real.issued_at, real.lifetime, real.status_list, real.status_index, real.key_slot)
    codes = [DynamicCode(*fields, chance.randbytes(64)).pack() for _ in range(CODES)]
    assert outcomes(house, codes) == {ScanOutcome.not_found}


def test_random_digits_are_no_code(district: District, house: House) -> None:
    chance = random.Random(SEED)
    hold(house, district.ids["B11"])
    codes = [f"1{chance.randrange(10**198):0198d}" for _ in range(CODES)]
    assert outcomes(house, codes) == {ScanOutcome.not_found}
