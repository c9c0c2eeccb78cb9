"""What is left of a server's work when far more ask at one time than it works on: by the clock, since who waits costs nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

from api.database import Origin
from models.enums import Role
from tests.bench.growth import OTHERS, Grown, open_grown, signed_in
from tests.bench.load import Crowd, Met, crowd
from tests.bench.measure import MICROSECONDS, Finding, Plan, finding
from tests.bench.places import Places
from tests.bench.reads import BRANCH
from tests.bench.seeding import branch_key, plate_code
from tests.bench.serving import request

FEW: Final = 8
SCANNING: Final = 16
BESIDE: Final = 100
KEPT_OWED: Final = 1.5
"""How much longer a signed-in request may take a server that a crowd asks than one that few ask."""
SHARE_OWED: Final = 10.0
"""How much longer a scan may take beside a hundred signed-in clients than alone: they share the processors and Python's lock."""


def overload(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Let crowds ask one worker, and few in turn with them. AssertionError where anybody is answered by anything but what he asked
    for, or by when to come back."""
    members, many = plan.pick(10_000, 300), plan.pick(500, 50)
    for engine in plan.engines:
        with ExitStack() as stack:
            grown = open_grown(places, engine, members, stack, tell)
            scans = [request(f"/C/{plate_code(number)}", "application/json").decode() for number in range(members)]
            measured: dict[str, list[tuple[float, float]]] = {"signed_in": [], "scans": []}
            for turn in range(plan.pick(6, 1)):
                tell(f"crowds, round {turn}, {engine}")
                few, much = (_met(grown, plan, Crowd("", number, _asked(grown))) for number in (FEW, many))
                alone = _met(grown, plan, Crowd("", SCANNING, scans))
                beside = _met(grown, plan, Crowd("", SCANNING, scans), Crowd("signed in", BESIDE, _asked(grown)))
                if turn or plan.quick:
                    measured["signed_in"].append((much, few))
                    measured["scans"].append((beside, alone))
            grown.house.database.close()
        name = f"overload.{engine}"
        yield finding(f"{name}.signed_in", f"an answer, {many} clients", f"{FEW} clients", measured["signed_in"], KEPT_OWED)
        shared = f"a scan beside {BESIDE} signed-in clients"
        yield finding(f"{name}.scans", shared, "scans alone", measured["scans"], SHARE_OWED)


def _asked(grown: Grown) -> list[str]:
    """What another secretary asks each time, since what one account writes is bounded."""
    with grown.house.database.writing(Origin("bench")) as work:
        grown.people["secretary"] = signed_in(work, Role.secretary, branch_key(BRANCH), None)
    return [one.decode() for path in OTHERS.values() for one in grown.requests("secretary", path, 5)]


def _met(grown: Grown, plan: Plan, *crowds: Crowd) -> float:
    """Microseconds by the clock for each answer to the first of the crowds."""
    seconds = 0.3 if plan.quick else 5
    found = crowd(grown.server.port, crowds, seconds)
    assert not any(met.bad for met in found.values()), found
    met: Met = found[crowds[0].name]
    return MICROSECONDS * max(seconds, met.seconds) / max(met.done, 1)
