"""Of what there may be so many of at the most, two requests of one moment do not make more: one waits for the other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import event

from api.database import Work
from api.errors import Conflict
from models.enums import Role
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.honors.about import WRITTEN
from tests.performance.entering import STUDY
from tests.performance.scores.asking import enter
from tests.pledges.asking import WRITTEN as PLEDGED
from tests.pledges.asking import do, drafted, people, published
from tests.pledges.kept import keep_member
from tests.posts.kept import give, keep_post
from tests.races import Deed, at_once, codes
from tests.venues.kept import create as create_venue
from tests.venues.kept import edit as edit_venue
from tests.venues.kept import keep_venue
from tests.venues.loading import load, sheet
from tests.verification.holders import hold

ON_ENGINES = ("postgresql",)

Tried = tuple[str, int, Deed, Deed]
Prepare = Callable[[District], Tried]
"""What is sent at once, the name of the limit that lets one of both through, and what it is set to."""


def _in_office(district: District) -> Tried:
    def granted() -> Deed:
        body = {
            "account_id": district.sign_in(None, "B11").account_id,
            "role": "deputy",
            "organization_id": str(district.ids["B11"]),
        }
        return partial(district.sign_in(Role.town_officer, "T1").post, "/v1/grants", json=body)

    return "api.accounts.rules.MOST_IN_OFFICE", 1, granted(), granted()


def _roles(district: District) -> Tried:
    body = {"account_id": district.sign_in(None, "B11").account_id, "organization_id": str(district.ids["B11"])}
    first, second = (
        partial(district.sign_in(Role.town_officer, "T1").post, "/v1/grants", json=body | {"role": role})
        for role in ("deputy", "secretary")
    )
    return "api.accounts.rules.MOST_ROLES", 1, first, second


def _venues(district: District) -> Tried:
    secretary, deputy = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.deputy, "B11")
    return "api.venues.rules.MOST_VENUES", 1, partial(create_venue, secretary, district), partial(create_venue, deputy, district)


def _venues_given(district: District) -> Tried:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.district_officer, "D")
    given = partial(edit_venue, officer, keep_venue(district, "B12").id, organization_id=str(district.ids["B11"]))
    return "api.venues.rules.MOST_VENUES", 1, partial(create_venue, secretary, district), given


def _venues_loaded(district: District) -> Tried:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.district_officer, "D")
    loaded = partial(load, officer, sheet(("B11", "红色基地", "旧址")))
    return "api.venues.rules.MOST_VENUES", 1, partial(create_venue, secretary, district), loaded


MOST_BELOW = "api.organizations.rules.MOST_BELOW"


def _made(caller: Caller, district: District, above: str, kind: str) -> Deed:
    body = {"code": f"BELOW-{above}", "name": "新建", "kind": kind, "parent_id": str(district.ids[above])}
    return partial(caller.post, "/v1/organizations", json=body)


def _organizations(district: District) -> Tried:
    officer = district.sign_in(Role.town_officer, "T1")
    return MOST_BELOW, 4, _made(officer, district, "V1", "branch"), _made(officer, district, "T1", "village")


def _organizations_moved(district: District) -> Tried:
    officer = district.sign_in(Role.district_officer, "D")
    moved = partial(officer.post, f"/v1/organizations/{district.ids['B21']}/move", json={"parent_id": str(district.ids["T1"])})
    return MOST_BELOW, 4, _made(officer, district, "V1", "branch"), moved


def _organizations_loaded(district: District) -> Tried:
    officer = district.sign_in(Role.district_officer, "D")
    tree = {"file": ("组织.csv", "编码,名称,类型,上级编码\nV3,新村,村,T1".encode())}
    return MOST_BELOW, 4, _made(officer, district, "V1", "branch"), partial(officer.post, "/v1/organizations/import", files=tree)


def _files(district: District) -> Tried:
    caller = district.sign_in(Role.member, "B11")
    brought = partial(caller.post, "/v1/files", files={"file": ("照片.png", drawn("PNG"))})
    return "api.files.rules.UNUSED_AT_ONCE", 1, brought, partial(caller.post, "/v1/files/uploads", json={"media_type": "image/png"})


def _drafts(district: District) -> Tried:
    folk = people(district)
    own = partial(folk.member.post, "/v1/pledges", json=PLEDGED)
    entered = partial(folk.secretary.post, "/v1/pledges", json=PLEDGED | {"member_id": str(folk.member_id)})
    return "api.pledges.rules.MOST_DRAFTS", 1, own, entered


def _submitted(district: District, limit: str) -> Tried:
    folk = people(district)
    first, second = (partial(do, folk.member, drafted(folk.member), "submit") for _ in range(2))
    return f"api.pledges.rules.{limit}", 1, first, second


def _progress(district: District) -> Tried:
    folk = people(district)
    deed = partial(do, folk.member, published(folk.member, folk.secretary), "progress", {"note": "走访了两户。"})
    return "api.pledges.progress.rules.MOST_ENTRIES", 1, deed, deed


def _honors(district: District) -> Tried:
    body = WRITTEN | {"member_id": str(keep_member(district, "B11"))}
    places = {Role.secretary: "B11", Role.district_officer: "D"}
    first, second = (partial(district.sign_in(role, code).post, "/v1/honors", json=body) for role, code in places.items())
    return "api.honors.rules.MOST_OF_A_MEMBER", 1, first, second


def _scores(district: District) -> Tried:
    folk = people(district)
    first, second = (partial(enter, caller, folk.member_id) for caller in (folk.secretary, folk.village))
    return "api.performance.scores.rules.MOST_ENTRIES", 1, first, second


def _posts(district: District) -> Tried:
    secretary, member_id = district.sign_in(Role.secretary, "B11"), keep_member(district, "B11")
    first, second = (partial(give, secretary, keep_post(district).id, member_id) for _ in range(2))
    return "api.posts.rules.MOST_HELD", 1, first, second


def _holdings(district: District) -> Tried:
    secretary, post = district.sign_in(Role.secretary, "B11"), keep_post(district, seats=2)
    first, second = (partial(give, secretary, post.id, keep_member(district, "B11")) for _ in range(2))
    return "api.posts.rules.MOST_HOLDINGS", 1, first, second


def _plates(district: District) -> Tried:
    card_id = hold(district.house, district.ids["B11"]).card_id
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.district_officer, "D")
    body = {"kind": "name_badge"}
    first, second = (partial(one.post, f"/v1/cards/{card_id}/plates", json=body) for one in (secretary, officer))
    return "api.cards.rules.MOST_PLATES", 2, first, second


def _leavings(district: District) -> Tried:
    secretary, path = district.sign_in(Role.secretary, "B11"), f"/v1/members/{keep_member(district, 'B11')}/leave"
    first, second, third = (
        partial(secretary.post, path, json={"kind": "transferred_out", "reason": reason}) for reason in ("调出", "转出", "转往区外")
    )
    assert first().status_code == 200
    return "api.members.rules.MOST_LEAVINGS", 2, second, third


def _indicators(district: District) -> Tried:
    first, second = (
        partial(district.sign_in(Role.district_officer, "D").post, "/v1/indicators", json=STUDY | {"code": code})
        for code in ("night_study", "visits")
    )
    return "api.performance.indicators.rules.MOST_INDICATORS", 14, first, second


CASES: list[tuple[str, Prepare]] = [
    ("too_many_in_office", _in_office),
    ("too_many_roles", _roles),
    ("too_many_venues", _venues),
    ("too_many_venues", _venues_given),
    ("too_many_venues", _venues_loaded),
    ("too_many_organizations", _organizations),
    ("too_many_organizations", _organizations_moved),
    ("too_many_organizations", _organizations_loaded),
    ("too_many_files", _files),
    ("too_many_drafts", _drafts),
    ("too_many_pledges", partial(_submitted, limit="MOST_ANNUAL")),
    ("too_many_of_one_year", partial(_submitted, limit="MOST_OF_A_YEAR")),
    ("too_many_entries", _progress),
    ("too_many_honors", _honors),
    ("too_many_score_entries", _scores),
    ("too_many_posts", _posts),
    ("too_many_holdings", _holdings),
    ("too_many_plates_in_use", _plates),
    ("too_many_leavings", _leavings),
    ("too_many_indicators", _indicators),
]
COUNTED_OF_WHAT_IS_HELD = {
    "too_many_items": "of the one draft that is being edited",
    "too_many_excellent": "of the one round of a branch",
    "too_many_hold_posts": "of what stands already: nobody is told how many may come",
    "too_many_on_roster": "of what stands already: nobody is told how many may come",
}


@contextmanager
def met_before_writing() -> Iterator[None]:
    """Two pieces of work wait for each other before either writes its first row, unless one is held up until the other is done."""
    both, numbers = Barrier(2, timeout=0.7), count()

    def meet(*_: Any) -> None:
        if next(numbers) < 2:
            with suppress(BrokenBarrierError):
                both.wait()

    event.listen(Work, "before_flush", meet)
    try:
        yield
    finally:
        event.remove(Work, "before_flush", meet)


@pytest.mark.parametrize(("code", "prepare"), CASES, ids=[getattr(one, "__name__", name).strip("_") for name, one in CASES])
def test_of_two_at_once_no_more_are_taken_than_there_may_be(
    district: District, monkeypatch: pytest.MonkeyPatch, code: str, prepare: Prepare
) -> None:
    limit, most, *deeds = prepare(district)
    monkeypatch.setattr(limit, most)
    with met_before_writing():
        answers = at_once(*deeds)
    done, refused = sorted(answers, key=lambda answer: int(answer.status_code))
    assert done.status_code in (200, 201), codes(answers)
    assert refused.status_code in (409, 422) and code in refused.text, codes(answers)


def test_each_refusal_of_one_too_many_is_tried_here() -> None:
    names = {kind.code() for kind in Conflict.__subclasses__() if kind.code().startswith("too_many")}
    assert {code for code, _ in CASES} | COUNTED_OF_WHAT_IS_HELD.keys() == names
