from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from api.venues.signs.queries import standing
from models.enums import Role, VenueKind
from models.sign import Sign
from models.venue import Venue
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused, stored
from tests.plans import plans
from tests.races import at_once
from tests.standards.asking import TODAY, answered, picture, publish_default
from tests.venues.kept import keep_venue

WHY = {"reason": "边角破损"}
PLATE = {"code": "DK-01", "width_mm": 200, "height_mm": 100, "emblem_mm": 40, "installed_on": TODAY.isoformat()}


@pytest.fixture
def deputy(district: District) -> Caller:
    publish_default(district)
    return district.sign_in(Role.deputy, "B11")


@pytest.fixture
def window(district: District) -> Venue:
    return keep_venue(district, kind=VenueKind.window, name="一号窗口")


def of(venue: Venue, *more: str) -> str:
    return "/".join([f"/v1/venues/{venue.id}/signs", *more])


def hung(caller: Caller, venue: Venue, **told: Any) -> str:
    return str(answered(caller.post(of(venue), json=PLATE | told), 201)["id"])


def act(caller: Caller, venue: Venue, key: str, verb: str, **more: Any) -> Any:
    return caller.post(of(venue, key, verb), json=WHY | more)


def edit(caller: Caller, venue: Venue, key: str, **changes: Any) -> Any:
    return caller.patch(of(venue, key), json=changes, headers={"If-Match": "*"})


def found(caller: Caller, venue: Venue) -> list[tuple[str, str]]:
    told = answered(caller.get(f"/v1/venues/{venue.id}/check"))
    assert told["standard_number"] == 1 and told["ok"] is all(one["kind"] == "advice" for one in told["findings"])
    return [(one["code"], one["reason"]) for one in told["findings"]]


def test_a_sign_is_hung_corrected_damaged_repaired_and_taken_down(deputy: Caller, district: District, window: Venue) -> None:
    refused(deputy.post(of(window), json=PLATE | {"code": "XX-01"}), 422, "unknown_item")
    refused(deputy.post(of(window), json=PLATE | {"installed_on": "2099-01-01"}), 422, "invalid")
    refused(deputy.post(of(window), json=PLATE | {"photo_ids": [str(uuid4())]}), 404, "not_your_file")
    photos = [picture(deputy) for _ in range(2)]
    told = answered(deputy.post(of(window), json=PLATE | {"photo_ids": photos}), 201)
    key = told["id"]
    assert PLATE.items() <= told.items() and (told["photo_ids"], told["state"], told["disposal"]) == (photos, "installed", None)
    assert [one["id"] for one in answered(deputy.get(of(window)))["items"]] == [key]
    assert deputy.get(f"/v1/files/{photos[0]}").status_code == 200
    refused(district.sign_in(Role.secretary, "B21").get(f"/v1/files/{photos[0]}"), 404, "not_found")
    refused(edit(deputy, window, key, code="XX-01"), 422, "unknown_item")
    refused(deputy.patch(of(window, key), json={"width_mm": 1}, headers={"If-Match": '"9"'}), 412, "precondition_failed")
    # A colleague takes one photo away and leaves what he has not sent.
    secretary = district.sign_in(Role.secretary, "B11")
    changed = answered(edit(secretary, window, key, width_mm=201, photo_ids=photos[1:]))
    assert (changed["width_mm"], changed["height_mm"], changed["photo_ids"]) == (201, 100, photos[1:])
    assert changed["version"] > told["version"]
    refused(deputy.get(f"/v1/files/{photos[0]}"), 404, "not_found")
    refused(act(deputy, window, key, "repair"), 409, "not_in_this_state")
    assert answered(act(deputy, window, key, "damage"))["state"] == "damaged"
    refused(act(deputy, window, key, "damage"), 409, "not_in_this_state")
    assert answered(act(deputy, window, key, "repair"))["state"] == "installed"
    assert refused(act(deputy, window, key, "retire"), 422, "disposal_missing")["errors"][0]["rule"] == "disposal_missing"
    gone = answered(act(deputy, window, key, "retire", disposal="由党支部收回处置"))
    assert (gone["state"], gone["disposal"], gone["state_reason"]) == ("retired", "由党支部收回处置", "边角破损")
    for again in (act(deputy, window, key, "retire", disposal="再次"), edit(deputy, window, key, width_mm=1)):
        assert refused(again, 409, "not_in_this_state")["state"] == "retired"
    assert deeds(district, key) == ["add_sign", "edit_sign", "damage_sign", "repair_sign", "retire_sign"]
    refused(act(deputy, keep_venue(district), key, "damage"), 404, "not_found")


def test_what_bears_the_emblem_or_is_the_flag_is_disposed_of_with_a_word(deputy: Caller, district: District) -> None:
    center = keep_venue(district, kind=VenueKind.service_center)
    for told in ({"emblem_mm": 1}, {"code": "EM-01", "emblem_mm": None}, {"code": "FL-01", "emblem_mm": None}):
        refused(act(deputy, center, hung(deputy, center, **told), "retire"), 422, "disposal_missing")
    plain = hung(deputy, center, code="NP-01", emblem_mm=None)
    assert answered(act(deputy, center, plain, "retire"))["disposal"] is None


def test_a_venue_is_checked_by_the_version_in_force(deputy: Caller, district: District, window: Venue) -> None:
    advice = [("PP-01", "recommended_missing"), ("VC-01", "recommended_missing")]
    missing = [("DK-01", "not_installed"), ("WN-01", "not_installed")]
    assert found(deputy, window) == sorted(missing + advice)
    hung(deputy, window, code="WN-01", width_mm=511, height_mm=250, emblem_mm=81)
    key = hung(deputy, window)
    assert found(deputy, window) == [advice[0], advice[1], ("WN-01", "size"), ("WN-01", "emblem_too_large")]
    (size, emblem) = answered(deputy.get(f"/v1/venues/{window.id}/check"))["findings"][-2:]
    assert size["measured"] == {"width_mm": 511, "height_mm": 250, "bottom_mm": None, "emblem_mm": None}
    assert size["allowed"]["sizes"] == [{"width_mm": 500, "height_mm": 250}] and size["allowed"]["tolerance_mm"] == 10
    assert {basis["grade"] for basis in size["basis"]} == {"A", "OURS"} and emblem["article"] == "第七条"
    answered(act(deputy, window, key, "damage"))
    assert found(deputy, window)[:2] == [("DK-01", "only_damaged"), ("DK-01", "damaged_emblem")]
    damaged = answered(deputy.get(f"/v1/venues/{window.id}/check"))["findings"][1]
    assert [basis["text"] for basis in damaged["basis"]] == ["不得使用破损、污损、褪色的党徽党旗"]
    answered(act(deputy, window, key, "retire", disposal="收回"))
    assert found(deputy, window)[0] == ("DK-01", "not_installed")
    (plan, *_) = plans(district.house, "FROM sign", lambda work: standing(work, window.id))
    assert "ix_sign_venue_id_code" in plan
    with district.work() as work:
        work.add(Sign(venue_id=window.id, code="OLD-01", installed_on=TODAY))
    assert ("OLD-01", "not_in_standard") in found(deputy, window)
    answered(district.sign_in(Role.district_officer, "D").post("/v1/standards/1/withdraw", json=WHY))
    refused(deputy.get(f"/v1/venues/{window.id}/check"), 404, "no_standard_in_force")
    refused(deputy.post(of(window), json=PLATE), 404, "no_standard_in_force")


def test_of_two_who_act_on_a_sign_at_once_one_does(deputy: Caller, district: District, window: Venue) -> None:
    for _ in range(2):
        key = hung(deputy, window)
        done = at_once(partial(act, deputy, window, key, "damage"), partial(act, deputy, window, key, "damage"))
        assert sorted(answer.status_code for answer in done) == [200, 409]
        at_once(partial(act, deputy, window, key, "repair"), partial(act, deputy, window, key, "retire", disposal="收回"))
        assert stored(district, Sign, key).state == "retired"
        assert deeds(district, key) in (
            ["add_sign", "damage_sign", "repair_sign", "retire_sign"],
            ["add_sign", "damage_sign", "retire_sign"],
        )
