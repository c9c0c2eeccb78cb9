"""What a pledge sums up of those below it follows each step that any of these takes, however many they are."""

from typing import Any

import pytest
from alembic import command

from api import schema
from api.pledges.holding import hold_all, percent_of
from models.enums import Role
from models.pledge import Pledge
from tests.conftest import District
from tests.plans import effort
from tests.pledges.asking import (
    AMENDED,
    CHECKED,
    URL,
    WHY,
    People,
    do,
    done,
    drafted,
    past,
    people,
    published,
    put,
    stored,
    submitted,
)
from tests.pledges.kept import keep_pledge
from tests.transfers.moves import decide, requested

NOTE: dict[str, Any] = {"note": "走访了两户。"}
FULFILLED = {"outcome": "fulfilled", "note": "见台账。"}


@pytest.fixture
def folk(district: District) -> People:
    return people(district)


def parents(folk: People) -> tuple[str, str]:
    """A pledge of the town, and one of the branch that stands below it."""
    district = folk.district
    town = published(folk.officer, district.sign_in(Role.district_officer, "D"), organization_id=str(district.ids["T1"]))
    return town, published(folk.secretary, folk.village, organization_id=str(district.ids["B11"]), parent_id=town)


def sums(district: District, *keys: str) -> list[tuple[int, int, int]]:
    found = [stored(district, key) for key in keys]
    return [(one.weight_below, one.points_below, one.percent) for one in found]


def test_each_step_of_a_pledge_is_in_the_sums_above_it(folk: People) -> None:
    district = folk.district
    town, branch = parents(folk)
    version = stored(district, town).version
    key = submitted(folk.member, parent_id=branch, weight=3)
    assert sums(district, town, branch) == [(1, 0, 0), (0, 0, 0)]
    done(folk.secretary, key, "approve", CHECKED)
    done(folk.secretary, key, "publish")
    assert sums(district, town, branch) == [(1, 0, 0), (3, 0, 0)]
    assert stored(district, town).version == version, "of what it says itself nothing has changed"
    entry = folk.member.post(f"{URL}/{key}/progress", json=NOTE | {"percent": 40}).json()["id"]
    assert sums(district, town, branch) == [(1, 40, 40), (3, 120, 40)]
    done(folk.member, key, "amend", AMENDED)
    done(folk.secretary, key, "approve", CHECKED)
    done(folk.secretary, key, "publish")
    assert sums(district, town, branch) == [(1, 40, 40), (3, 120, 40)]
    assert do(folk.member, key, f"progress/{entry}/withdraw", WHY).status_code == 200
    assert sums(district, town, branch) == [(1, 0, 0), (3, 0, 0)]
    done(folk.member, key, "claim", FULFILLED)
    done(folk.secretary, key, "refuse-claim", WHY)
    done(folk.member, key, "claim", FULFILLED)
    done(folk.secretary, key, "confirm")
    assert sums(district, town, branch) == [(1, 100, 100), (3, 300, 100)]
    done(folk.village, key, "reopen", WHY)
    done(folk.secretary, key, "exempt", WHY)
    assert sums(district, town, branch) == [(1, 0, 0), (0, 0, 0)]
    done(folk.village, key, "reopen", WHY)
    put(district, key, due_on=past())
    done(folk.secretary, key, "fail", WHY)
    assert sums(district, town, branch) == [(1, 0, 0), (3, 0, 0)]
    done(folk.village, key, "reopen", WHY)
    done(folk.secretary, key, "withdraw", WHY)
    assert sums(district, town, branch) == [(1, 0, 0), (0, 0, 0)]


def test_many_at_once_are_in_the_sums_and_drafts_are_not(folk: People) -> None:
    _, branch = parents(folk)
    keys = [submitted(by, parent_id=branch, weight=2) for by in (folk.member, folk.other)]
    drafted(folk.member, parent_id=branch)
    for verb, body in (("approve", CHECKED), ("publish", {})):
        assert folk.secretary.post(f"{URL}/{verb}", json={"ids": keys, **body}).status_code == 200
    assert sums(folk.district, branch) == [(4, 0, 0)]


def test_who_leaves_or_moves_takes_his_share_with_him(folk: People) -> None:
    district = folk.district
    officer = district.sign_in(Role.district_officer, "D")
    town, branch = parents(folk)
    moves, leaves = (published(by, folk.secretary, parent_id=branch) for by in (folk.member, folk.other))
    for by, key in ((folk.member, moves), (folk.other, leaves)):
        done(by, key, "progress", NOTE | {"percent": 50})
    assert sums(district, town, branch) == [(1, 50, 50), (2, 100, 50)]
    assert decide(officer, requested(officer, district, folk.member_id, "B21"), "accept").status_code == 200
    assert sums(district, town, branch) == [(1, 50, 50), (1, 50, 50)]
    other_id = stored(district, leaves).member_id
    assert folk.secretary.post(f"/v1/members/{other_id}/leave", json={"kind": "deceased", "reason": "病故"}).status_code == 200
    assert sums(district, town, branch) == [(1, 0, 0), (0, 0, 0)]
    erased = officer.post("/v1/privacy/erasures", json={"member_id": str(other_id), "ground": "asked_for"})
    assert erased.status_code == 200, erased.text
    assert sums(district, town, branch) == [(1, 0, 0), (0, 0, 0)]


def test_how_many_stand_below_a_pledge_costs_nothing(district: District) -> None:
    top = keep_pledge(district, "D")
    below = [keep_pledge(district, "B11", parent_id=top) for _ in range(2)]

    def ask(work: Any) -> object:
        child = work.get_one(Pledge, below[0])
        return percent_of(work, hold_all(work, [child]).above[top])

    few = effort(district.house, "FROM pledge", "pledge", ask)
    for _ in range(40):
        keep_pledge(district, "B11", parent_id=top)
    assert effort(district.house, "FROM pledge", "pledge", ask) <= few + 5


def test_the_sums_of_pledges_that_stood_before_are_counted_once(folk: People) -> None:
    town, branch = parents(folk)
    key = published(folk.member, folk.secretary, parent_id=branch, weight=3)
    done(folk.member, key, "progress", NOTE | {"percent": 40})
    exempted = published(folk.other, folk.secretary, parent_id=branch)
    done(folk.secretary, exempted, "exempt", WHY)
    before = sums(folk.district, town, branch)
    engine = folk.district.house.database.engine
    configuration = schema.config(engine.url.render_as_string(hide_password=False))
    engine.dispose()
    command.downgrade(configuration, "0048")
    command.upgrade(configuration, "head")
    assert sums(folk.district, town, branch) == before == [(1, 40, 40), (3, 120, 40)]
