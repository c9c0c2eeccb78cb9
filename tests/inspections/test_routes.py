from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.access.scope import living_grants
from models.account import RoleGrant
from models.enums import Role, VenueKind
from models.venue import Venue
from tests.conftest import Caller, District
from tests.inspections.asking import NOW, URL, checklist, document, failing, final, passing
from tests.outcomes import deeds, refused
from tests.standards.asking import TODAY, answered, let_hold_since, picture, publish_default
from tests.venues.kept import edit, keep_venue

ON_STORAGES = ("folder", "s3")
MANDATORY = ("DK-01", "WN-01")


def test_an_inspection_is_begun_resumed_and_closed_and_opens_what_has_to_be_put_right(
    district: District, inspector: Caller, window: Venue, storage_kind: str
) -> None:
    asked = checklist(inspector, window)
    assert (asked["standard_number"], asked["venue"]["name"], asked["venue"]["kind"]) == (1, "一号窗口", "window")
    items = {item["code"]: item for item in asked["items"]}
    assert items.keys() >= set(MANDATORY) and all("window" in item["venue_kinds"] for item in items.values())
    assert items["DK-01"]["sizes"] == [{"width_mm": 200, "height_mm": 100}]
    photos = [picture(inspector) for _ in range(3)]
    body = document(window, failing(photo_ids=photos[:2]), passing("WN-01"))
    sent = inspector.post(URL, json=body)
    draft = answered(sent, 201)
    key = draft["id"]
    assert answered(inspector.get(sent.headers["Location"])) == draft
    assert draft["counts"] == {"pass": 1, "fail": 1, "not_applicable": 0}
    assert (draft["organization_id"], draft["by_own_organization"]) == (str(district.ids["B11"]), False)
    (first, _) = draft["items"]
    assert (first["name"], first["obligation"], first["rectification_id"]) == ("桌牌", "mandatory", None)
    assert first["photo_ids"] == photos[:2]
    # The same again is no news, nor what is older; a draft is its inspector's alone.
    assert answered(inspector.post(URL, json=body)) == draft == answered(inspector.post(URL, json=body | {"revision": 9}))
    secretary = district.sign_in(Role.secretary, "B11")
    refused(secretary.get(f"{URL}/{key}"), 404, "not_found")
    refused(secretary.get(f"/v1/files/{photos[0]}"), 404, "not_found")
    assert answered(secretary.get(URL))["items"] == []
    changed = body | {"items": [failing(photo_ids=photos[1:]), passing("PP-01")]}
    refused(inspector.post(URL, json=changed), 409, "conflict")
    told = answered(inspector.post(URL, json=changed | {"revision": 2}))
    assert (told["id"], told["revision"], [item["code"] for item in told["items"]]) == (key, 2, ["DK-01", "PP-01"])
    assert sorted(told["items"][0]["photo_ids"]) == sorted(photos[1:])
    assert answered(inspector.post(URL, json=body))["revision"] == 2
    closed = final(inspector, window, failing(photo_ids=photos[1:]), client_id=body["client_id"], revision=3)
    done = answered(inspector.post(URL, json=closed))
    assert done["final"] and done["counts"]["fail"] == 1
    (opened,) = answered(secretary.get("/v1/rectifications", params={"inspection_id": key}))["items"]
    assert done["items"][0]["rectification_id"] == opened["id"]
    assert (opened["code"], opened["name"], opened["finding"], opened["state"]) == ("DK-01", "桌牌", "桌牌缺失", "open")
    assert (opened["organization_id"], opened["due_on"]) == (str(district.ids["B11"]), str(TODAY + timedelta(days=15)))
    assert secretary.get(f"/v1/files/{photos[1]}").status_code == 200
    refused(inspector.post(URL, json=closed | {"revision": 4, "unannounced": True}), 409, "inspection_closed")
    refused(inspector.post(URL, json=closed | {"unannounced": True}), 409, "inspection_closed")
    assert answered(inspector.post(URL, json=closed | {"revision": 4})) == done == answered(inspector.get(f"{URL}/{key}"))
    assert [one["id"] for one in answered(inspector.get(f"{URL}/mine"))["items"]] == [key]
    assert deeds(district, key) == ["send_inspection"] * 3


@pytest.mark.engine("sqlite")
def test_a_document_is_refused_in_the_order_of_the_contract(district: District, inspector: Caller, window: Venue) -> None:
    late = (NOW - timedelta(days=400)).isoformat()
    bad = document(window, {"code": "XX-01", "result": "fail"}, standard_number=7, final=True, unannounced=True)
    refused(inspector.post(URL, json=bad | {"venue_id": str(keep_venue(district, "B21").id)}), 404, "not_found")
    secretary = district.sign_in(Role.secretary, "B11")
    refused(secretary.post(URL, json=bad), 409, "of_that_organization")
    bad["unannounced"] = False
    for more in ({}, {"standard_number": 1, "started_at": late}):
        refused(secretary.post(URL, json=bad | more), 422, "standard_not_in_force")
    bad["standard_number"] = 1
    answer = refused(secretary.post(URL, json=bad), 422, "unknown_item")
    assert [(fault["field"], fault["rule"]) for fault in answer["errors"]] == [("body.items.0.code", "unknown_item")]
    bad["items"][0]["code"] = "DK-01"
    refused(secretary.post(URL, json=bad | {"items": [bad["items"][0]] * 2}), 422, "invalid")
    refused(secretary.post(URL, json=bad), 422, "note_missing")
    bad["items"][0]["note"] = "桌牌缺失"
    codes = {item["code"] for item in checklist(secretary, window)["items"]}
    answer = refused(secretary.post(URL, json=bad), 422, "items_unanswered")
    assert answer["codes"] == sorted(codes - {"DK-01"})
    whole = final(secretary, window, failing())
    for finished_at in (None, late):
        answer = refused(secretary.post(URL, json=whole | {"finished_at": finished_at}), 422, "invalid")
        assert [fault["field"] for fault in answer["errors"]] == ["body.finished_at"]
    foreign = failing(responsible_id=str(district.ids["B12"]))
    refused(secretary.post(URL, json=final(secretary, window, foreign)), 404, "not_found")
    refused(secretary.post(URL, json=final(secretary, window, failing(photo_ids=[str(uuid4())]))), 404, "not_your_file")
    assert answered(secretary.get(f"{URL}/mine"))["items"] == []
    assert answered(secretary.post(URL, json=whole), 201)["by_own_organization"] is True
    # From above, another than the venue's organisation may be made responsible, and the day is three days off at the earliest.
    asked = failing(responsible_id=str(district.ids["V1"]), due_on=TODAY.isoformat())
    told = answered(inspector.post(URL, json=final(inspector, window, asked)), 201)
    (item,) = [one for one in told["items"] if one["result"] == "fail"]
    opened = answered(inspector.get(f"/v1/rectifications/{item['rectification_id']}"))
    assert (opened["organization_id"], opened["due_on"]) == (str(district.ids["V1"]), str(TODAY + timedelta(days=3)))
    # The inspection tells the day that holds, also once it has been moved.
    assert item["due_on"] == opened["due_on"]
    shown, moved = f"{URL}/{told['id']}", f"/v1/rectifications/{opened['id']}"
    answered(secretary.post(f"{moved}/claim", json={"note": "已更换"}), 404)
    answered(inspector.post(f"{moved}/claim", json={"note": "已更换"}))
    checker, day = district.sign_in(Role.town_officer, "T1"), str(TODAY + timedelta(days=9))
    answered(checker.post(f"{moved}/return", json={"reason": "仍歪斜", "due_on": day}))
    assert {one["due_on"] for one in answered(inspector.get(shown))["items"] if one["result"] == "fail"} == {day}


@pytest.mark.engine("sqlite")
def test_what_was_sent_of_a_venue_that_is_out_of_reach_is_not_answered_by_naming_another(
    district: District, inspector: Caller, window: Venue
) -> None:
    sent = answered(inspector.post(URL, json=final(inspector, window, failing())), 201)
    elsewhere = keep_venue(district, "B21", kind=VenueKind.window)
    with district.work() as work:
        account_id = UUID(inspector.account_id)
        for grant in living_grants(work, account_id):
            grant.ended_at = work.at
        work.add(RoleGrant(account_id=account_id, role=Role.secretary, organization_id=district.ids["B21"]))
    refused(inspector.get(f"{URL}/{sent['id']}"), 404, "not_found")
    body = final(inspector, elsewhere, failing(), client_id=sent["client_id"])
    refused(inspector.post(URL, json=body), 404, "not_found")
    (one,) = answered(inspector.post(f"{URL}/batch", json={"inspections": [body]}))["items"]
    assert (one["outcome"], one["code"], one["id"]) == ("refused", "not_found", None)


@pytest.mark.parametrize(("days", "passes"), [(31, True), (32, False)])
@pytest.mark.engine("sqlite")
def test_a_phone_may_check_by_what_was_in_force_within_a_month(
    district: District, inspector: Caller, window: Venue, days: int, passes: bool
) -> None:
    let_hold_since(district, 1, 90)
    publish_default(district)
    # The first one held for the last time on the day before the second one.
    let_hold_since(district, 2, days - 1)
    answer = inspector.post(URL, json=document(window, passing("DK-01")))
    assert (answer.status_code == 201) is passes, answer.text


def test_several_are_sent_together_and_each_is_judged_by_itself(district: District, inspector: Caller, window: Venue) -> None:
    kept, wrong, photo = document(window, passing("DK-01")), document(window, passing("XX-01")), picture(inspector)
    answered(inspector.post(URL, json=kept), 201)
    changed = kept | {"revision": 2, "items": [passing("WN-01")]}
    # What is refused after its rows were written leaves nothing either.
    twice = document(window, failing(photo_ids=[photo]), failing("WN-01", photo_ids=[photo]))
    new = final(inspector, window, failing(photo_ids=[photo]))
    foreign = document(keep_venue(district, "B21"))
    sent = answered(inspector.post(f"{URL}/batch", json={"inspections": [kept, changed, wrong, twice, new, new, foreign]}))["items"]
    assert [(one["client_id"], one["outcome"], one["code"]) for one in sent] == [
        (kept["client_id"], "unchanged", None),
        (kept["client_id"], "updated", None),
        (wrong["client_id"], "refused", "unknown_item"),
        (twice["client_id"], "refused", "not_your_file"),
        (new["client_id"], "created", None),
        (new["client_id"], "unchanged", None),
        (foreign["client_id"], "refused", "not_found"),
    ]
    (alone,) = answered(inspector.post(f"{URL}/batch", json={"inspections": [twice]}))["items"]
    assert alone["code"] == "not_your_file"
    mine = answered(inspector.get(f"{URL}/mine"))["items"]
    assert [one["client_id"] for one in mine] == [new["client_id"], kept["client_id"]]
    assert [one["photo_ids"] for one in mine[0]["items"] if one["result"] == "fail"] == [[photo]]
    assert deeds(district, sent[4]["id"]) == ["send_inspections"]
    assert len(answered(inspector.get("/v1/rectifications"))["items"]) == 1


@pytest.mark.engine("sqlite")
def test_a_list_is_narrowed_by_organisation_venue_and_days(district: District, inspector: Caller, window: Venue) -> None:
    other = keep_venue(district, "B12", kind=VenueKind.window)
    one, two = (answered(inspector.post(URL, json=final(inspector, venue)), 201)["id"] for venue in (window, other))
    draft = answered(inspector.post(URL, json=document(window)), 201)["id"]

    def listed(caller: Caller, **asked: Any) -> list[str]:
        return [item["id"] for item in answered(caller.get(URL, params=asked))["items"]]

    assert listed(inspector) == [draft, two, one] and listed(district.sign_in(Role.town_officer, "T1")) == [two, one]
    assert listed(inspector, organization_id=str(district.ids["B12"])) == [two] == listed(inspector, venue_id=str(other.id))
    today = datetime.now(district.house.settings.zone).date()
    assert listed(inspector, since=str(today), until=str(today)) == [two, one]
    assert listed(inspector, since=str(today + timedelta(days=1))) == [] == listed(inspector, until=str(today - timedelta(days=1)))
    refused(inspector.get(URL, params={"organization_id": str(district.ids["B21"])}), 404, "not_found")


@pytest.mark.engine("sqlite")
def test_days_the_other_way_round_are_refused_wherever_inspections_are_asked_for(inspector: Caller) -> None:
    for place in ("", "/figures", "/circular.xlsx", "/circular.pdf"):
        answer = inspector.get(f"{URL}{place}", params={"since": "2026-05-02", "until": "2026-05-01"})
        faults = refused(answer, 422, "bad_span")["errors"]
        assert [(fault["field"], fault["rule"]) for fault in faults] == [("query.until", "bad_span")], place
    (fault,) = refused(inspector.get(f"{URL}/figures", params={"since": "2099-01-01"}), 422, "bad_span")["errors"]
    assert fault["field"] == "query.since"


@pytest.mark.engine("sqlite")
def test_a_code_and_a_moment_of_another_form_are_refused_by_telling_theirs(inspector: Caller, window: Venue) -> None:
    for body, field, form in (
        (document(window, passing("dk1")), "body.items.0.code", "WN-01"),
        (document(window, started_at="2026-11-27 09:00"), "body.started_at", "2026-01-31T09:00:00+08:00"),
        (document(window, started_at="昨天"), "body.started_at", "2026-01-31T09:00:00+08:00"),
        (document(window, started_at="2026-11-27"), "body.started_at", "2026-01-31T09:00:00+08:00"),
    ):
        (fault,) = refused(inspector.post(URL, json=body), 422, "invalid")["errors"]
        assert fault["field"] == field and form in fault["detail"]


@pytest.mark.engine("sqlite")
def test_nothing_is_begun_or_finished_in_the_future_but_for_a_phones_clock(inspector: Caller, window: Venue) -> None:
    soon, later = ((datetime.now(UTC) + timedelta(minutes=minutes)).isoformat() for minutes in (4, 7))
    whole = final(inspector, window, failing())
    for field, body in (("started_at", document(window)), ("finished_at", whole)):
        answer = refused(inspector.post(URL, json=body | {field: later}), 422, "invalid")
        assert [(fault["field"], fault["rule"]) for fault in answer["errors"]] == [(f"body.{field}", "in_the_future")]
        (one,) = answered(inspector.post(f"{URL}/batch", json={"inspections": [body | {field: later}]}))["items"]
        assert (one["outcome"], one["code"], one["detail"], one["errors"]) == (
            "refused", answer["code"], answer["detail"], answer["errors"],
        )  # fmt: skip
    assert answered(inspector.get(f"{URL}/mine"))["items"] == []
    answered(inspector.post(URL, json=whole | {"started_at": soon, "finished_at": soon}), 201)


@pytest.mark.engine("sqlite")
def test_what_is_refused_of_several_says_why_as_it_does_alone(district: District, inspector: Caller, window: Venue) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    bodies = {
        "of_that_organization": document(window, unannounced=True),
        "unknown_item": document(window, passing("DK-01"), passing("XX-01")),
        "note_missing": document(window, failing(note=None)),
        "items_unanswered": final(secretary, window) | {"items": [passing("DK-01")]},
        "standard_not_in_force": document(window, standard_number=7),
    }
    sent = answered(secretary.post(f"{URL}/batch", json={"inspections": list(bodies.values())}))["items"]
    for one, (code, body) in zip(sent, bodies.items(), strict=True):
        alone = refused(secretary.post(URL, json=body), 409 if code == "of_that_organization" else 422, code)
        assert (one["code"], one["detail"], one["errors"]) == (code, alone["detail"], alone["errors"]) and one["errors"]
        assert one["codes"] == alone.get("codes", [])
    assert [one["codes"] for one in sent[1:3]] == [["XX-01"], ["DK-01"]]
    assert sent[0]["errors"][0]["field"] == "body.unannounced"
    (told,) = answered(secretary.post(f"{URL}/batch", json={"inspections": [document(window)]}))["items"]
    assert (told["detail"], told["errors"], told["codes"]) == (None, [], [])


def test_figures_are_two_integers_summed_up_the_tree_and_count_no_own_inspection(
    district: District, inspector: Caller, window: Venue
) -> None:
    secretary, checker = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    keep_venue(district, "B12", kind=VenueKind.window)

    def figures(caller: Caller, **asked: Any) -> dict[str, tuple[int, int]]:
        told = answered(caller.get(f"{URL}/figures", params=asked))
        return {name: (ratio["numerator"], ratio["denominator"]) for name, ratio in told["totals"].items()}

    answered(secretary.post(URL, json=final(secretary, window)), 201)
    nothing = {"sign_coverage": (0, 2), "sign_pass": (0, 0), "rectification_on_time": (0, 0)}
    assert figures(inspector) == nothing
    done = answered(inspector.post(URL, json=final(inspector, window, failing())), 201)
    number = sum(done["counts"].values())
    assert figures(inspector) == nothing | {"sign_pass": (number - 1, number)}
    (key,) = [item["rectification_id"] for item in done["items"] if item["rectification_id"]]
    answered(secretary.post(f"/v1/rectifications/{key}/claim", json={"note": "已更换"}))
    answered(checker.post(f"/v1/rectifications/{key}/confirm", json={"reason": "属实"}))
    right = {"sign_coverage": (1, 2), "sign_pass": (number - 1, number), "rectification_on_time": (1, 1)}
    assert figures(inspector) == right == figures(inspector, venue_kind="window")
    assert figures(secretary) == right | {"sign_coverage": (1, 1)}
    assert figures(inspector, venue_kind="station") == dict.fromkeys(right, (0, 0))
    assert figures(inspector, organization_id=str(district.ids["B12"])) == dict.fromkeys(right, (0, 0)) | {"sign_coverage": (0, 1)}
    told = answered(inspector.get(f"{URL}/figures"))
    assert [one["venue_kind"] for one in told["by_venue_kind"]] == ["window"]
    covered = {one["organization_id"]: one["sign_coverage"]["denominator"] for one in told["by_organization"]}
    levels = {one["organization_id"]: one["level"] for one in told["by_organization"]}
    assert levels == {str(district.ids[code]): level for code, level in (("T1", 0), ("V1", 1), ("B11", 2), ("B12", 2))}
    assert covered == {str(district.ids[code]): count for code, count in (("T1", 2), ("V1", 2), ("B11", 1), ("B12", 1))}
    refused(inspector.get(f"{URL}/figures", params={"organization_id": str(district.ids["B21"])}), 404, "not_found")
    # What was found at a venue goes with it to another organisation.
    answered(inspector.post(URL, json=final(inspector, window, failing())), 201)
    answered(edit(inspector, window.id, organization_id=str(district.ids["B12"])))
    assert figures(inspector, organization_id=str(district.ids["B12"]))["sign_coverage"] == (0, 2)
