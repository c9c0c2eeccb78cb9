"""What is counted of posts, and what is worth a look."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.enums import LeavingKind, MemberStatus, PartyPost, Role
from models.organization import Organization
from models.post_enums import PostKind, PostSlot
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pledges.kept import keep_member
from tests.posts.kept import URL, keep_held, keep_post, today

WINDOW = {"kind": PostKind.window, "title": "代办窗口"}


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def figures(caller: Caller, figure: str, **asked: Any) -> dict[str, tuple[int, int]]:
    """A figure by the name of the organisation, and in total."""
    answer = caller.get(f"{URL}/figures", params=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    told = {one["organization_name"]: one[figure] for one in body["by_organization"]} | {"": body["totals"][figure]}
    return {name: (ratio["numerator"], ratio["denominator"]) for name, ratio in told.items()}


def warned(caller: Caller, district: District, code: str) -> list[str]:
    answer = caller.get(f"{URL}/warnings", params={"organization_id": str(district.ids[code])})
    assert answer.status_code == 200, answer.text
    return [one["rule"] for one in answer.json() if one["organization_id"] == str(district.ids[code])]


def test_full_members_with_a_post_are_counted_up_the_tree(district: District, officer: Caller) -> None:
    post = keep_post(district, "V1", seats=9)
    keep_held(district, post, keep_member(district, "B11"))
    keep_held(district, post, keep_member(district, "B11"), until=date(2026, 2, 1))
    keep_held(district, post, keep_member(district, "B11", status=MemberStatus.probationary))
    keep_member(district, "B12", party_post=PartyPost.secretary)
    keep_member(district, "B12")
    keep_member(district, "B21")
    gone: dict[str, Any] = {"status": MemberStatus.left, "left_kind": LeavingKind.withdrew, "confirmed_on": date(2002, 7, 1)}
    left = keep_member(district, "B21", **gone, left_on=date(2026, 3, 1))
    keep_held(district, post, left, until=date(2026, 3, 1))
    counted = figures(officer, "post_assignment")
    assert counted[""] == (2, 5) and counted["上塘村"] == (2, 4) and counted["上塘村第一党支部"] == (1, 2)
    assert counted["云溪镇"] == (2, 4)
    assert figures(officer, "post_assignment", on="2026-01-31")[""] == (4, 6)
    assert figures(officer, "post_assignment", on="2025-12-31")[""] == (1, 6)
    secretary = district.sign_in(Role.secretary, "B12")
    assert figures(secretary, "post_assignment") == {"上塘村第二党支部": (1, 2), "": (1, 2)}
    refused(secretary.get(f"{URL}/figures", params={"organization_id": str(district.ids["B11"])}), 404, "not_found")


def test_windows_that_somebody_holds_are_counted_with_their_backups(district: District, officer: Caller) -> None:
    keep_post(district, "B11", **WINDOW)
    one, two = (keep_post(district, code, **WINDOW) for code in ("B11", "B12"))
    for post in (one, two):
        keep_held(district, post, keep_member(district, "B11"))
    keep_held(district, two, keep_member(district, "B12"), slot=PostSlot.backup, since=date(2026, 6, 1))
    other = keep_post(district, "B11")
    keep_held(district, other, keep_member(district, "B11"))
    assert figures(officer, "backup_filled")[""] == (1, 2)
    assert figures(officer, "backup_filled", on="2026-05-31")["上塘村"] == (0, 2)
    assert figures(officer, "backup_filled", organization_id=str(district.ids["B12"]))[""] == (1, 1)


def test_a_branch_is_told_what_its_size_asks_for(district: District, officer: Caller) -> None:
    assert warned(officer, district, "B11") == ["few_members"]
    district.add_group("G")
    for code in ("B11", "B11", "G"):
        keep_member(district, code)
    keep_member(district, "B11", status=MemberStatus.probationary)
    assert warned(officer, district, "B11") == []
    keep_member(district, "B11", party_post=PartyPost.publicity_commissioner)
    assert warned(officer, district, "B11") == ["committee_too_early"]
    for _ in range(3):
        keep_member(district, "B11")
    assert warned(officer, district, "B11") == ["no_committee"]
    for post in (PartyPost.secretary, PartyPost.deputy_secretary):
        keep_member(district, "B11", party_post=post)
    assert warned(officer, district, "B11") == []
    for _ in range(41):
        keep_member(district, "B11")
    assert warned(officer, district, "B11") == ["many_members"]
    assert warned(officer, district, "V1") == []


def test_a_term_is_told_ninety_days_before_its_end_and_after_it(district: District, officer: Caller) -> None:
    for days, told in ((91, []), (90, ["term_ends"]), (0, ["term_ends"]), (-1, ["term_over"])):
        with district.work() as work:
            work.get_one(Organization, district.ids["T1"]).term_ends_on = today(district) + timedelta(days=days)
        assert warned(officer, district, "T1") == told


def test_a_window_without_backup_or_without_its_secretary_is_told_with_where_that_is_written(
    district: District, officer: Caller
) -> None:
    post = keep_post(district, "V1", **WINDOW)
    assert warned(officer, district, "V1") == ["window_without_backup"]
    keep_held(district, post, keep_member(district, "B11", party_post=PartyPost.secretary))
    keep_held(district, post, keep_member(district, "B11"), slot=PostSlot.backup)
    assert warned(officer, district, "V1") == []
    keep_held(district, post, keep_member(district, "B11"))
    assert warned(officer, district, "V1") == ["window_not_secretary"]
    answer = officer.get(f"{URL}/warnings", headers={"Accept-Language": "en"}).json()
    (told,) = [one for one in answer if one["rule"] == "window_not_secretary"]
    assert set(told) == {"organization_id", "organization_name", "post_id", "rule", "text", "basis"} and told["post_id"] == str(
        post.id
    )
    assert told["text"] == "Who holds “代办窗口” as A is not a secretary." and told["basis"][0]["grade"] == "A"
