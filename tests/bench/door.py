"""What a scan costs, on both engines, at two sizes of the roster: each code is another one, and each signature a new one."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from api.adapters.jose import PrivateKey
from api.codes.signing import sign_code
from api.database import Origin
from tests.bench.measure import Finding, Plan, Rounds, finding
from tests.bench.places import Places
from tests.bench.seeding import PLAIN, PLEDGED, credential_number, fill, plate_code
from tests.bench.serving import Server, cost, request

OWED: Final = {
    ("sqlite", "printed"): 1.46,
    ("sqlite", "dynamic"): 2.56,
    ("postgresql", "printed"): 1.09,
    ("postgresql", "dynamic"): 2.2,
}
"""What an answer in JSON may cost, in hellos."""
PAGE_OWED: Final = 0.3
"""How much more than an answer in JSON may cost, in hellos, a page may."""
GROWTH_OWED: Final = 1.3
PLEDGES_OWED: Final = {"json": 0.3, "page": 0.4}
"""How much more, in hellos, a card with pledges may cost, of which a page draws three."""
CODES: Final = ("printed", "dynamic")
WARMING: Final = 20_000
"""Scans before the first that counts: a server that has run for a day has touched every part of its database before."""
FORMS: Final = {
    "json": ("application/json", b'"outcome":"valid"'),
    "page": ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "有效".encode()),
}


@dataclass(frozen=True)
class Doors:
    """A served district of so many members, and the key that its codes are signed with."""

    server: Server
    url: str
    members: int
    slot: int
    key: PrivateKey

    def requests(self, kind: str, form: str, number: int, chance: random.Random, shown: int = PLAIN) -> list[bytes]:
        """Scans of different cards, the dynamic codes signed at this moment; of members who have so much to show beside them."""
        chosen = chance.sample(range(shown, self.members, 2), number)
        code = plate_code if kind == "printed" else self._dynamic
        return [request(f"/C/{code(member)}", FORMS[form][0]) for member in chosen]

    def _dynamic(self, member: int) -> str:
        return sign_code(
            credential_number=credential_number(member),
            issued_at=int(time.time()),
            status_list=1,
            status_index=member % 2**20,
            key=self.key,
            slot=self.slot,
        ).pack()


def scans(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Measure the door against a route that says hello; the short form asks one server for all that wants one of its own."""
    sizes = (plan.pick(10_000, 1_200), plan.pick(300_000, 1_200))
    number, rounds = plan.pick(1_200, 80), plan.pick(10, 1)
    with ExitStack() as stack:

        def start(application: str, log: str, environment: Mapping[str, str] | None = None) -> Server:
            return stack.enter_context(Server.start(application, places.folder / f"{log}.log", environment))

        hello = start("tests.bench.yardsticks:hello", "hello")
        bare = start("tests.bench.yardsticks:asgi", "asgi")
        doors: dict[tuple[str, int], Doors] = {}
        least: dict[str, Doors] = {}
        pledged: dict[str, Doors] = {}
        for engine in plan.engines:
            for members in sorted(set(sizes)):
                tell(f"{members:,} members on {engine}")
                doors[engine, members] = _open(places, engine, members, start)
            largest = doors[engine, sizes[1]]
            served = start("tests.bench.yardsticks:least", f"least.{engine}", places.environment(largest.url))
            least[engine] = replace(largest, server=served)
            pledged[engine] = largest
            if not plan.quick:
                served = start("api.serving:application", f"pledged.{engine}", places.environment(largest.url))
                pledged[engine] = replace(largest, server=served)
        chance = random.Random(17)
        for door in (*doors.values(), *pledged.values(), *least.values()):
            tell(f"warming up, {door.members:,} members")
            door.server.ask(door.requests("printed", "json", min(WARMING, door.members // 2), chance), b"card_valid")
        measured = _measure(hello, bare, doors, least, pledged, number=number, rounds=rounds, wait=not plan.quick, tell=tell)
    yield finding("asgi", "a bare ASGI application", "hello", measured["asgi"])
    for engine in plan.engines:
        for kind in CODES:
            for form in FORMS:
                rows = measured[f"{engine}.{sizes[1]}.{kind}.{form}"]
                name = f"scan.{engine}.{kind}.{form}"
                owed = OWED[engine, kind] + (PAGE_OWED if form == "page" else 0)
                yield finding(name, f"{kind} code, {form}, {sizes[1]:,} members, {engine}", "hello", rows, owed)
                # The bare application is asked once a kind and form in each round, in this order.
                bares = measured["asgi"][CODES.index(kind) * len(FORMS) + list(FORMS).index(form) :: len(CODES) * len(FORMS)]
                against = [(scan, alone) for (scan, _), (alone, _) in zip(rows, bares, strict=True)]
                yield finding(f"{name}.asgi", f"{kind} code, {form}, {engine}", "a bare ASGI application", against)
                longer = measured[f"{engine}.pledged.{kind}.{form}"]
                more = [(full - usual, greeting) for (full, greeting), (usual, _) in zip(longer, rows, strict=True)]
                yield finding(f"{name}.pledges", f"what six pledges add, {form}, {engine}", "hello", more, PLEDGES_OWED[form])
            name, json, page = f"scan.{engine}.{kind}", *(measured[f"{engine}.{sizes[1]}.{kind}.{form}"] for form in FORMS)
            rows = measured[f"{engine}.least.{kind}"]
            yield finding(f"{name}.least", f"{kind} code, read and checked, nothing else, {engine}", "hello", rows)
            over = [(scan, alone) for (scan, _), (alone, _) in zip(json, rows, strict=True)]
            yield finding(f"{name}.over", f"{kind} code, json, {engine}", "read and checked, nothing else", over)
            more = [(drawn - told, greeting) for (drawn, greeting), (told, _) in zip(page, json, strict=True)]
            yield finding(f"{name}.drawing", f"what a page adds, {kind} code, {engine}", "hello", more)
    for engine in plan.engines:
        grown: Rounds = [
            (large[0], small[0])
            for kind in CODES
            for form in FORMS
            for large, small in zip(
                measured[f"{engine}.{sizes[1]}.{kind}.{form}"], measured[f"{engine}.{sizes[0]}.{kind}.{form}"], strict=True
            )
        ]
        name = f"scan.{engine}.growth"
        yield finding(name, f"scans among {sizes[1]:,} members, {engine}", f"among {sizes[0]:,}", grown, GROWTH_OWED)


def _open(places: Places, engine: str, members: int, start: Callable[..., Server]) -> Doors:
    url = places.database(engine, f"scans{members}")
    house = places.house(url)
    fill(house, members)
    with house.database.reading(Origin("bench")) as work:
        slot, key = house.keys.signing(work)
    house.database.close()
    return Doors(start("api.serving:application", f"{engine}{members}", places.environment(url)), url, members, slot, key)


def _measure(
    hello: Server,
    bare: Server,
    doors: dict[tuple[str, int], Doors],
    least: dict[str, Doors],
    pledged: dict[str, Doors],
    *,
    number: int,
    rounds: int,
    wait: bool,
    tell: Callable[[str], None],
) -> dict[str, Rounds]:
    """Ask every server in turn, round after round. A server's window closes when its next one opens, so that what a scan sets
    off later (its count is written within a second) is in it, while the others are being asked."""
    chance = random.Random(41)
    plain = [request("/", "application/json")] * number
    measured: dict[str, Rounds] = {}
    for turn in range(rounds + 1):
        for kind in CODES:
            for form, (_, expected) in FORMS.items():
                tell(f"round {turn} of {rounds}: {kind} code, {form}")
                asked: list[tuple[str, Server, Callable[[], list[bytes]], bytes]] = [
                    ("hello", hello, lambda: plain, b"card_valid"),
                    ("asgi", bare, lambda: plain, b"card_valid"),
                ]
                for (engine, members), door in doors.items():
                    scans = partial(door.requests, kind, form, number, chance)
                    asked.append((f"{engine}.{members}.{kind}.{form}", door.server, scans, expected))
                for engine, door in pledged.items():
                    scans = partial(door.requests, kind, form, number, chance, PLEDGED)
                    asked.append((f"{engine}.pledged.{kind}.{form}", door.server, scans, expected))
                for engine, door in least.items() if form == "json" else ():
                    scans = partial(door.requests, kind, form, number, chance)
                    asked.append((f"{engine}.least.{kind}", door.server, scans, b"card_valid"))
                chance.shuffle(asked)
                before = {}
                for name, server, make, expect in asked:
                    requests = make()
                    before[name] = server.spend(wait)
                    server.ask(requests, expect)
                costs = {name: cost(before[name], server.spend(wait), number) for name, server, _, _ in asked}
                for name in costs if turn else ():
                    measured.setdefault(name, []).append((costs[name], costs["hello"]))
    return measured
