"""Large walls, which are put together once for all who ask for them within two seconds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from time import monotonic
from uuid import UUID, uuid4

import pytest

from api.pledges.public import ready, service
from api.pledges.public.ready import KEPT_FOR, MOST_WALLS, ReadyWalls, Which
from api.pledges.public.rules import Wall
from api.pledges.public.schemas import WallShown, wall_sent
from models.enums import PledgeVisibility
from models.pledge import Pledge
from tests.conftest import District
from tests.fetched import fetched
from tests.pledges.kept import YEAR, keep_pledge
from tests.pledges.specimens import BARE_WALL, WALL
from tests.profiles.lines import TODAY
from tests.verification.holders import change, hold

JSON, PAGE = {"Accept": "application/json"}, {"Accept": "text/html"}
WHICH = Which(uuid4(), YEAR, TODAY, None)


@pytest.mark.parametrize("is_large", [True, False])
def test_a_large_wall_is_put_together_once_and_tells_nothing_that_is_older_than_two_seconds(
    district: District, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    monkeypatch.setattr(service, "MOST_AT_ONCE", 2 if is_large else 3)
    now = [monotonic()]
    for module in (ready, service):
        monkeypatch.setattr(module, "monotonic", lambda: now[0])
    holder = hold(district.house, district.ids["B11"])
    keys = [keep_pledge(district, "B11", holder.member_id) for _ in range(3)]
    wall, other = f"/C/{holder.code}/wall", hold(district.house, district.ids["B11"], "李建国")

    def told(code: str = holder.code) -> int:
        answer = district.client.get(f"/C/{code}/wall", headers=JSON)
        named = sum(len(member["pledges"]) for member in answer.json()["members"])
        assert answer.json()["totals"]["published"] == named
        return named

    assert told() == 3
    change(district.house, Pledge, keys[0], visibility=PledgeVisibility.branch)
    with fetched(district.house) as statements:
        assert told() == told(other.code) == (3 if is_large else 2)
        district.client.get(wall, headers=PAGE)
    assert any("FROM pledge" in one.statement for one in statements) is not is_large
    now[0] += KEPT_FOR - 0.01
    assert told() == (3 if is_large else 2)
    now[0] += 0.01
    assert told() == 2


def test_a_wall_that_is_ready_is_told_for_its_own_branch_and_year_alone(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_AT_ONCE", 0)
    told = set()
    for branch in ("B11", "B12"):
        holder = hold(district.house, district.ids[branch])
        keep_pledge(district, branch, holder.member_id)
        answers = [district.client.get(f"/C/{holder.code}/wall", headers=JSON).json() for _ in range(2)]
        assert answers[0] == answers[1]
        told.add((answers[0]["organization"], answers[0]["members"][0]["pledges"][0]["id"]))
    assert len(told) == 2
    assert district.client.get(f"/C/{holder.code}/wall?year={YEAR - 2}", headers=JSON).status_code == 404


def test_whoever_asks_meanwhile_waits_for_the_one_that_is_put_together() -> None:
    walls, barrier, made = ReadyWalls(), Barrier(8), []

    def put_together() -> Wall:
        made.append(monotonic())
        return WALL

    def ask(_: int) -> Wall:
        barrier.wait()
        return walls.get(WHICH, monotonic(), put_together).wall

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [WALL] * 8
    assert len(made) == 1
    assert walls.get(WHICH._replace(branch_id=UUID(int=1)), monotonic(), put_together).wall == WALL
    assert len(made) == 2


def test_what_stood_too_long_ago_is_told_to_nobody_else_and_few_walls_are_held() -> None:
    walls = ReadyWalls()
    walls.get(WHICH, monotonic() - KEPT_FOR, lambda: WALL)
    assert walls.fresh(WHICH) is None, "whoever waited long for his turn read what stood before"
    others = [WHICH._replace(branch_id=UUID(int=number)) for number in range(MOST_WALLS + 1)]
    for one in others:
        walls.get(one, monotonic(), lambda: BARE_WALL)
    assert [walls.fresh(one) is not None for one in others] == [False] + [True] * MOST_WALLS


@pytest.mark.parametrize("wall", [WALL, BARE_WALL, replace(WALL, organization_pledges=[])])
def test_a_wall_that_is_sent_unchecked_is_as_its_schema_says(wall: Wall) -> None:
    assert wall_sent(wall).decode() == WallShown.model_validate(wall).model_dump_json()


def test_a_wall_is_compressed_for_whoever_takes_that(district: District) -> None:
    holder = hold(district.house, district.ids["B11"])
    for _ in range(3):
        keep_pledge(district, "B11", holder.member_id)
    told = []
    for encoding in ("gzip", "identity"):
        answer = district.client.get(f"/C/{holder.code}/wall", headers=JSON | {"Accept-Encoding": encoding})
        assert {name.strip() for name in answer.headers["vary"].split(",")} == {"Accept", "Accept-Language", "Accept-Encoding"}
        assert answer.headers["content-type"] == "application/json" and answer.headers["cache-control"] == "no-store"
        assert answer.headers.get("content-encoding", "identity") == encoding
        told.append(answer.json())
    assert told[0] == told[1]
