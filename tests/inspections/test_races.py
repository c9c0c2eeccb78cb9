"""Several phones send at the same moment, or while a venue changes: one of them wins, the other is told so by the contract's code,
nothing is half done, and the trail tells each deed once."""

from functools import partial
from uuid import uuid4

from models.enums import Role, VenueKind
from models.inspection import Inspection
from models.venue import Venue
from tests.conftest import Caller, District
from tests.inspections.asking import URL, document, failing, final, passing
from tests.outcomes import deeds, stored
from tests.races import at_once, codes
from tests.standards.asking import answered, picture
from tests.venues.kept import close, edit, keep_venue

ROUNDS = 3


def said(caller: Caller, key: str) -> list[tuple[str, str | None]]:
    return [(item["code"], item["note"]) for item in answered(caller.get(f"{URL}/{key}"))["items"]]


def test_of_two_phones_that_bring_one_revision_one_is_kept_whole_and_the_other_told_of_the_conflict(
    inspector: Caller, district: District, window: Venue
) -> None:
    for _ in range(ROUNDS):
        first = document(window, passing("DK-01"))
        key = answered(inspector.post(URL, json=first), 201)["id"]
        photos = [picture(inspector), picture(inspector)]
        sent = [
            first | {"revision": 2, "items": [failing(code, note=code, photo_ids=[photo]) for code in which]}
            for photo, which in zip(photos, (("DK-01",), ("PP-01",)), strict=True)
        ]
        answers = at_once(*(partial(inspector.post, URL, json=one) for one in sent))
        assert codes(answers) == [(200, None), (409, "conflict")]
        won, lost = sent if answers[0].status_code == 200 else reversed(sent)
        assert said(inspector, key) == [(item["code"], item["note"]) for item in won["items"]]
        assert deeds(district, key) == ["send_inspection"] * 2
        # The pictures of the other one hang on nothing: they may be sent again.
        assert answered(inspector.post(URL, json=lost | {"revision": 3}))["revision"] == 3


def test_of_two_phones_that_close_one_inspection_one_does_and_what_it_found_alone_is_open(
    inspector: Caller, district: District, window: Venue
) -> None:
    for _ in range(ROUNDS):
        client_id = str(uuid4())
        sent = [final(inspector, window, failing(code), client_id=client_id) for code in ("DK-01", "WN-01")]
        answers = at_once(*(partial(inspector.post, URL, json=one) for one in sent))
        assert codes(answers) == [(201, None), (409, "inspection_closed")]
        (told,) = [answer.json() for answer in answers if answer.status_code == 201]
        opened = answered(inspector.get("/v1/rectifications", params={"inspection_id": told["id"]}))["items"]
        assert [one["code"] for one in opened] == [item["code"] for item in told["items"] if item["result"] == "fail"]
        assert len(opened) == 1 and deeds(district, told["id"]) == ["send_inspection"]


def test_a_batch_against_another_phone_of_the_same_person_keeps_each_document_from_one_of_them(
    inspector: Caller, district: District, window: Venue
) -> None:
    for _ in range(ROUNDS):
        known, new = document(window, passing("DK-01")), final(inspector, window, failing())
        key = answered(inspector.post(URL, json=known), 201)["id"]
        changed = [known | {"revision": 2, "items": [failing(code)]} for code in ("DK-01", "WN-01")]
        batch, one, other = at_once(
            partial(inspector.post, f"{URL}/batch", json={"inspections": [changed[0], new]}),
            partial(inspector.post, URL, json=changed[1]),
            partial(inspector.post, URL, json=new),
        )
        taken, made = answered(batch)["items"]
        is_first = taken["outcome"] == "updated"
        assert (taken["code"], one.status_code) == ((None, 409) if is_first else ("conflict", 200))
        assert one.json().get("code") == ("conflict" if is_first else None)
        assert [code for code, _ in said(inspector, key)] == [(changed[0] if is_first else changed[1])["items"][0]["code"]]
        assert (made["outcome"], other.status_code) in (("created", 200), ("unchanged", 201))
        assert made["id"] == other.json()["id"]
        assert len(answered(inspector.get("/v1/rectifications", params={"inspection_id": made["id"]}))["items"]) == 1
        assert len(deeds(district, made["id"])) == 1 and len(deeds(district, key)) == 2


def test_an_inspection_that_arrives_while_its_venue_changes_hands_is_wholly_of_one_of_the_two(
    inspector: Caller, district: District
) -> None:
    mover = district.sign_in(Role.town_officer, "T1")
    to = district.ids["B12"]
    for number in range(ROUNDS):
        venue = keep_venue(district, kind=VenueKind.window)
        sent = final(inspector, venue, failing())
        batch = partial(inspector.post, f"{URL}/batch", json={"inspections": [sent]})
        moved, arrived = at_once(
            partial(edit, mover, venue.id, organization_id=str(to)),
            batch if number % 2 else partial(inspector.post, URL, json=sent),
        )
        assert (moved.status_code, arrived.status_code) in ((200, 200), (200, 201)), arrived.text
        key = arrived.json()["items"][0]["id"] if number % 2 else arrived.json()["id"]
        (opened,) = answered(inspector.get("/v1/rectifications", params={"inspection_id": key}))["items"]
        row = stored(district, Inspection, key)
        assert opened["organization_id"] == str(row.organization_id)
        assert row.organization_id in (district.ids["B11"], to)
        assert stored(district, Venue, venue.id).organization_id == to
        assert len(deeds(district, key)) == 1 and deeds(district, venue.id) == ["edit_venue"]


def test_two_who_close_one_venue_at_once_leave_one_entry_and_its_inspection_is_kept(
    inspector: Caller, district: District, window: Venue
) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    sent = final(inspector, window)
    closed = at_once(
        partial(close, inspector, window.id), partial(close, secretary, window.id), partial(inspector.post, URL, json=sent)
    )
    assert [answer.status_code for answer in closed] == [200, 200, 201]
    assert deeds(district, window.id) == ["close_venue"]
