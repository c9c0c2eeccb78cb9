"""What becomes of a batch where something changes between its being chosen and its being written down."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from api.database import Origin
from api.errors import Unavailable
from api.printing import choosing, service
from api.printing.choosing import Asked, Chosen
from api.printing.service import BatchTold
from api.web.writes import AT_ONCE, TooManyWrites, Writes
from models.card import Card, Plate
from models.enums import CardState, PlateKind, Role
from models.member import Member
from models.print_enums import PrintKind, PrintLayout
from models.printing import PrintItem, PrintLeftOut
from tests.conftest import District
from tests.printing.plates import PAPER
from tests.verification.holders import Holder, another_plate, change, hold


def badge_alone(district: District, name: str) -> Holder:
    """A member who has no desk plate."""
    return hold(district.house, district.ids["B11"], name, kind=PlateKind.name_badge)


def choose(district: District) -> Chosen:
    asked = Asked(PrintKind.desk_plate, district.ids["B11"], PrintLayout.single, make_missing=True)
    with district.house.database.reading(Origin("test")) as work:
        return choosing.choose_print_batch(work, None, asked, PAPER)


def keep(district: District, chosen: Chosen) -> BatchTold:
    with district.work() as work:
        return service.create_print_batch(work, None, chosen, PAPER)


def stored(district: District, batch_id: UUID) -> list[UUID | None]:
    with district.work() as work:
        query = select(PrintItem.plate_id).where(col(PrintItem.batch_id) == batch_id).order_by(col(PrintItem.position))
        return list(work.exec(query).all())


def test_a_plate_that_another_batch_has_made_meanwhile_is_printed_and_not_made_again(district: District) -> None:
    badge_alone(district, "甲一")
    standing = hold(district.house, district.ids["B11"], "乙一")
    first, second = choose(district), choose(district)
    made, later = keep(district, first), keep(district, second)
    assert (made.batch.made, later.batch.made) == (1, 0)
    plates = [item.plate_id for item in made.items]
    assert plates[0] == standing.plate_id and [item.plate_id for item in later.items] == plates
    assert stored(district, made.batch.id) == stored(district, later.batch.id) == plates
    assert all(item.code for item in made.items)


def test_for_a_card_that_has_ended_meanwhile_none_is_made(district: District) -> None:
    holder = badge_alone(district, "甲一")
    standing = hold(district.house, district.ids["B11"], "乙一")
    chosen = choose(district)
    change(district.house, Card, holder.card_id, state=CardState.revoked)
    told = keep(district, chosen)
    assert [one.left_out.member_id for one in told.left_out] == [holder.member_id]
    assert (told.batch.made, stored(district, told.batch.id)) == (0, [standing.plate_id])
    with district.work() as work:
        assert not work.exec(select(Plate).where(col(Plate.card_id) == holder.card_id, col(Plate.kind) == "desk_plate")).all()


def test_for_a_card_that_has_been_filled_meanwhile_none_is_made(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.cards.rules.MOST_PLATES", 2)
    holder, other = badge_alone(district, "甲一"), badge_alone(district, "乙一")
    chosen = choose(district)
    another_plate(district.house, holder)
    told = keep(district, chosen)
    assert [one.left_out.member_id for one in told.left_out] == [holder.member_id]
    assert [item.person.member_id for item in told.items if item.person] == [other.member_id] and told.batch.made == 1


def test_who_has_moved_meanwhile_is_given_none_and_whoever_asks_is_told_to_ask_again(district: District) -> None:
    holder = badge_alone(district, "甲一")
    chosen = choose(district)
    change(district.house, Member, holder.member_id, organization_id=district.ids["B12"])
    with pytest.raises(Unavailable):
        keep(district, chosen)


def test_of_whoever_was_erased_meanwhile_no_batch_tells(district: District) -> None:
    hold(district.house, district.ids["B11"], "乙一")
    gone = hold(district.house, district.ids["B11"], "四𠮷")
    chosen = choose(district)
    assert [one.left_out.characters for one in chosen.left] == ["𠮷"]
    with district.work() as work:
        work.get_one(Member, gone.member_id).erased_on = work.today
    told = keep(district, chosen)
    assert (told.left_out_count, told.left_out) == (0, [])
    with district.work() as work:
        assert not work.exec(select(PrintLeftOut)).all()


def test_each_hundred_plates_of_a_batch_are_a_write(app: FastAPI, district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.printing.rules.PART", 1)
    secretary = district.sign_in(Role.secretary, "B11")
    for name in "甲乙丙":
        hold(district.house, district.ids["B11"], f"{name}一")
    account_id, former = UUID(secretary.account_id), ""
    for _ in range(2):
        app.state.writes = Writes(clock=lambda: 1_000_000.0)
        if former:
            answer = secretary.post(f"/v1/printing/batches/{former}/reprint", json={"reason": "褪色"})
        else:
            body = {"kind": "desk_plate", "organization_id": str(district.ids["B11"])}
            answer = secretary.post("/v1/printing/batches", json=body)
        assert answer.status_code == 201, answer.text
        former = answer.json()["id"]
        app.state.writes.count(account_id, AT_ONCE - 3)
        with pytest.raises(TooManyWrites):
            app.state.writes.count(account_id)
