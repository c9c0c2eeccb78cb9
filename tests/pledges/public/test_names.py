"""By which name strangers learn of a member, wherever one is told, and by which codes his pledges are theirs to read."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from json import loads
from typing import Any
from uuid import UUID

import pytest

from api.cards.plates import add_plate
from api.cards.showing import card_of
from models.card import Plate
from models.enums import NameDisplay, PlateKind, PledgeState, Role
from models.organization import Organization
from models.pledge_progress import PledgeProgress
from tests.conftest import District
from tests.pledges.kept import keep_pledge
from tests.posts.kept import keep_held, keep_post
from tests.transfers.moves import decide, requested
from tests.venues.kept import keep_venue
from tests.verification.holders import another_plate, change, hold

JSON = {"Accept": "application/json"}
NAME, MASKED = "秦红梅", "秦**"


def read(district: District, address: str) -> Any:
    answer = district.client.get(address, headers=JSON)
    assert answer.status_code == 200, (address, answer.text)
    return answer.json()


def names_told(district: District, code: str, member_id: UUID, group: str) -> dict[str, str]:
    """The name of a member as each place tells it that strangers read."""
    pledge, venue = keep_pledge(district, group, member_id), keep_venue(district, "V1")
    with district.work() as work:
        entry = PledgeProgress(pledge_id=pledge, happened_on=work.today, note="装好了", published_on=work.today)
        work.add(entry)
    keep_held(district, keep_post(district, "V1", title="代办窗口", venue_id=venue.id), member_id)
    page = f"/C/{code}/pledges/{pledge}"
    (on_duty,) = read(district, f"/C/{venue.code}")["venue"]["posts"]
    pack = district.sign_in(Role.secretary, group).get(f"/v1/packs/{district.ids[group]}").text.split(".")[1]
    (packed,) = loads(urlsafe_b64decode(pack + "=="))["cards"]
    return {
        "card": read(district, f"/C/{code}")["card"]["display_name"],
        "wall": read(district, f"/C/{code}/wall")["members"][0]["display_name"],
        "pledge": read(district, page)["display_name"],
        "progress": read(district, f"{page}/progress/{entry.id}")["display_name"],
        "venue": on_duty["holders"][0]["display_name"],
        "pack": packed["name"],
    }


@pytest.mark.parametrize("masks", ["G", "B11", None])
def test_a_name_is_told_strangers_everywhere_by_the_more_guarded_rule_of_group_and_branch(
    district: District, masks: str | None
) -> None:
    district.add_group()
    if masks:
        change(district.house, Organization, district.ids[masks], name_display=NameDisplay.masked)
    holder = hold(district.house, district.ids["G"], NAME)
    told = names_told(district, holder.code, holder.member_id, "G")
    assert set(told.values()) == {MASKED if masks else NAME}, told


def test_a_former_card_leads_to_what_stayed_in_its_branch_and_tells_no_name_otherwise_than_his_branch_does(
    district: District,
) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    change(district.house, Organization, district.ids["B21"], name_display=NameDisplay.masked)
    holder = hold(district.house, district.ids["B11"], NAME)
    follows, stays = (
        keep_pledge(district, "B11", holder.member_id, state=state) for state in (PledgeState.published, PledgeState.exempted)
    )
    former = f"/C/{holder.code}"
    assert read(district, f"{former}/pledges/{follows}")["display_name"] == NAME
    assert decide(officer, requested(officer, district, holder.member_id, "B21"), "accept").status_code == 200
    with district.work() as work:
        present = f"/C/{add_plate(work, card_of(work, holder.member_id), PlateKind.desk_plate).code}"
    assert read(district, former)["card"] is None
    for address, pledge in ((present, follows), (present, stays), (former, stays)):
        told = read(district, f"{address}/pledges/{pledge}")
        assert told["display_name"] == MASKED, (address, told)
    assert {one["display_name"] for place in (former, present) for one in read(district, f"{place}/wall")["members"]} == {MASKED}
    for path in ("", "/evaluations"):
        assert district.client.get(f"{former}/pledges/{follows}{path}", headers=JSON).status_code == 404


def test_a_plate_that_was_withdrawn_leads_to_no_pledge_but_its_branchs(district: District) -> None:
    holder = hold(district.house, district.ids["B11"], NAME)
    kept, lost = another_plate(district.house, holder), holder.code
    own, elsewhere = (keep_pledge(district, code, holder.member_id) for code in ("B11", "B12"))
    change(district.house, Plate, holder.plate_id, withdrawn_at=datetime.now(UTC))
    found = {
        code: [district.client.get(f"/C/{code}/pledges/{one}", headers=JSON).status_code for one in (own, elsewhere)]
        for code in (kept, lost)
    }
    assert found == {kept: [200, 200], lost: [200, 404]}
