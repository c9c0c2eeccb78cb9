"""A section of a profile is small whatever its room has been told, since every scan of the card reads it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import event

from api.building import PROFILES
from api.database import Work
from api.profiles import service
from api.profiles.rules import MOST_KEPT
from api.profiles.sections import Entries, Section
from api.profiles.service import mend_profiles, write_section
from models.base import Record
from models.enums import PledgeCategory, PledgeKind, PledgeState, PledgeVisibility
from models.honor import Honor
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.post import Post, PostHolding
from models.post_enums import HoldingHow, PostKind, PostSlot
from models.profile import Profile
from tests.conftest import District
from tests.honors.kept import STAR
from tests.pledges.kept import somebody
from tests.posts.kept import DUTIES
from tests.verification.holders import Holder, hold

ON_ENGINES = ("sqlite",)
MANY: Final = 300


def honors(work: Work, organization_id: UUID, member_id: UUID, _: UUID) -> Iterable[Record]:
    """Each awarded before the last and borne longer: none of them is ever outlasted by newer ones."""
    for days in range(MANY):
        span = {"awarded_on": work.today - timedelta(days), "valid_until": work.today + timedelta(days)}
        yield Honor(**STAR | span, organization_id=organization_id, member_id=member_id)


def posts(work: Work, organization_id: UUID, member_id: UUID, _: UUID) -> Iterable[Record]:
    for days in range(MANY):
        post = Post(organization_id=organization_id, kind=PostKind.duty, title="政策宣传岗", duties=DUTIES)
        yield post
        since = work.today + timedelta(days - MANY // 2)
        yield PostHolding(post_id=post.id, member_id=member_id, slot=PostSlot.primary, how=HoldingHow.appointed, since=since)


def pledges(work: Work, organization_id: UUID, member_id: UUID, account_id: UUID) -> Iterable[Record]:
    for number in range(MANY):
        due_on = work.today.replace(year=work.today.year + number % 6 - 2)
        pledge = Pledge(
            organization_id=organization_id,
            member_id=member_id,
            kind=PledgeKind.instant,
            category=PledgeCategory.service,
            content="给独居老人装好扶手",
            measure="六户都装好",
            due_on=due_on,
            year=due_on.year,
            visibility=PledgeVisibility.public,
            state=PledgeState.published,
            published_at=work.at,
            text_no=1,
            review_organization_id=organization_id,
            entered_by=account_id,
        )
        yield pledge
        yield PledgeProgress(pledge_id=pledge.id, happened_on=work.today, note="装好了。", published_on=work.today)


def pledges_of_years_that_are_over(work: Work, organization_id: UUID, member_id: UUID, account_id: UUID) -> Iterable[Record]:
    for row in pledges(work, organization_id, member_id, account_id):
        if isinstance(row, Pledge):
            row.year, row.due_on = 2020, date(2020, 12, 20)
            yield row


def one_pledge_on_which_much_was_done(work: Work, organization_id: UUID, member_id: UUID, account_id: UUID) -> Iterable[Record]:
    pledge = next(row for row in pledges(work, organization_id, member_id, account_id) if isinstance(row, Pledge))
    pledge.year = work.today.year
    yield pledge
    for _ in range(MANY):
        yield PledgeProgress(pledge_id=pledge.id, happened_on=work.today, note="装好了。", published_on=work.today)


def posts_that_are_held_no_more(work: Work, organization_id: UUID, member_id: UUID, account_id: UUID) -> Iterable[Record]:
    for row in posts(work, organization_id, member_id, account_id):
        if isinstance(row, PostHolding):
            row.until = max(row.since, work.today) if row.since > work.today else work.today
        yield row


def honors_that_were_withdrawn(work: Work, organization_id: UUID, member_id: UUID, account_id: UUID) -> Iterable[Record]:
    for row in honors(work, organization_id, member_id, account_id):
        if isinstance(row, Honor):
            row.withdrawn_at, row.withdrawn_reason = work.at, "查实后撤销"
            yield row


TOLD: Final[Mapping[Section, Callable[[Work, UUID, UUID, UUID], Iterable[Record]]]] = {
    Section.posts: posts,
    Section.honors: honors,
    Section.pledges: pledges,
}


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.mark.parametrize("section", Section)
def test_a_section_holds_no_more_than_a_scan_may_read_whatever_was_written(
    district: District, holder: Holder, section: Section
) -> None:
    account_id = somebody(district)
    with district.work() as work:
        for row in TOLD[section](work, district.ids["B11"], holder.member_id, account_id):
            work.add(row)
            work.flush()
        write_section(work, section, PROFILES[section], [holder.member_id])
    with district.work() as work:
        held = getattr(work.get_one(Profile, holder.member_id), section)
        assert 0 < len(held) <= MOST_KEPT[section] <= 30
        assert mend_profiles(work, PROFILES) == 0


@pytest.mark.parametrize(
    ("section", "past"),
    [
        (Section.posts, posts_that_are_held_no_more),
        (Section.honors, honors_that_were_withdrawn),
        (Section.pledges, pledges_of_years_that_are_over),
        (Section.pledges, one_pledge_on_which_much_was_done),
    ],
)
def test_what_is_over_or_was_told_anew_since_is_not_even_read(
    district: District, holder: Holder, section: Section, past: Callable[[Work, UUID, UUID, UUID], Iterable[Record]]
) -> None:
    account_id = somebody(district)
    with district.work() as work:
        for row in past(work, district.ids["B11"], holder.member_id, account_id):
            work.add(row)
            work.flush()
    read: list[Record] = []

    def note(row: Record, _: object) -> None:
        read.append(row)

    event.listen(Record, "load", note, propagate=True)
    try:
        with district.work() as work:
            PROFILES[section](work, [holder.member_id])
    finally:
        event.remove(Record, "load", note)
    assert len(read) <= 2


def test_posts_that_have_ended_since_stay_until_the_section_is_written_anew_and_are_not_wrong(
    district: District, holder: Holder
) -> None:
    over = {"post": "duty", "title": "政策宣传岗", "slot": "primary", "since": "2020-01-01", "until": "2020-12-31"}
    with district.work() as work:
        work.get_one(Profile, holder.member_id).posts = [{"post": "secretary"}, over]
    with district.work() as work:
        assert mend_profiles(work, PROFILES) == 0
        assert work.get_one(Profile, holder.member_id).posts == [{"post": "secretary"}, over]
        work.get_one(Profile, holder.member_id).posts = [{"post": "secretary"}, over | {"until": "9999-12-30"}]
    with district.work() as work:
        assert mend_profiles(work, PROFILES) == 1


def test_a_section_that_was_full_is_filled_up_again_at_night_and_was_not_wrong(district: District, holder: Holder) -> None:
    with district.work() as work:
        work.add_all(honors(work, district.ids["B11"], holder.member_id, holder.member_id))
        write_section(work, Section.honors, PROFILES[Section.honors], [holder.member_id])
        profile = work.get_one(Profile, holder.member_id)
        full = list(profile.honors or [])
        # As it was written some days ago: those that have ended since stand first, and left no room for the last.
        over = [one | {"valid_until": (work.today - timedelta(days=1)).isoformat()} for one in full[:4]]
        profile.honors = over + full[:-4]
    with district.work() as work:
        assert mend_profiles(work, PROFILES) == 0
        assert work.get_one(Profile, holder.member_id).honors == full
        work.get_one(Profile, holder.member_id).honors = full[1:]
    with district.work() as work:
        assert mend_profiles(work, PROFILES) == 1


def test_profiles_are_compared_so_many_at_a_time(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    holders = [hold(district.house, district.ids["B11"], name) for name in ("王秀兰", "李建国", "方秀兰", "陈志强", "赵桂香")]
    monkeypatch.setattr(service, "AT_ONCE", 2)
    asked: list[int] = []
    source = PROFILES[Section.posts]

    def counted(work: Work, member_ids: Iterable[UUID]) -> Mapping[UUID, Entries]:
        keys = list(member_ids)
        asked.append(len(keys))
        return source(work, keys)

    with district.work() as work:
        for holder in holders:
            work.get_one(Profile, holder.member_id).posts = None
        work.flush()
        assert mend_profiles(work, {Section.posts: counted}) == len(holders)
        assert mend_profiles(work, PROFILES) == 0
    assert max(asked) == 2
