"""What is worth a look about branches and posts: never a refusal (`posts-printing.md`, section 2, and the rules of 支部工作条例 as
they are found in published practice)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from api.access.names import organization_names, paths_of
from api.access.scope import Access
from api.database import Work
from api.errors import Text
from api.posts import queries
from api.posts.catalogue import Basis
from api.posts.queries import Counts, Held
from models.enums import PartyPost, SourceGrade
from models.organization import Organization
from models.post import Post
from models.post_enums import PostSlot

FEWEST: Final = 3
MOST: Final = 50
WITH_COMMITTEE: Final = 7
COMMITTEE: Final = range(3, 8)
"""How many a committee has."""
NEAR: Final = timedelta(days=90)


class WarningRule(StrEnum):
    """What is worth a look."""

    few_members = "few_members"
    many_members = "many_members"
    no_committee = "no_committee"
    committee_too_early = "committee_too_early"
    term_ends = "term_ends"
    term_over = "term_over"
    window_without_backup = "window_without_backup"
    window_not_secretary = "window_not_secretary"


_SIZE: Final = (
    Basis("正式党员3人以上成立支部，一般不超过50人；不足3人的成立联合支部", "wdqwzzb.gov.cn", SourceGrade.A),
    Basis("50人至100人成立总支", "m.sp522.com, wendang.net", SourceGrade.C),
)
_COMMITTEE: Final = (
    Basis("正式党员7人以上设支部委员会，由3至5人组成，一般不超过7人", "meijie5.cn, m.sp522.com", SourceGrade.C),
    Basis("正式党员不足7人的设书记，必要时设副书记", "meijie5.cn, m.sp522.com", SourceGrade.C),
)
_TERM: Final = (
    Basis("村、社区党组织每届任期5年，其他基层党组织一般3年", "meijie5.cn, m.sp522.com", SourceGrade.C),
    Basis("届满前90天提醒", "OURS", SourceGrade.OURS),
)
_WINDOW: Final = (Basis("综合窗口实行AB岗，A岗原则上为村（社区）党组织书记", "tcxfw.gov.cn/Info/293548.aspx", SourceGrade.A),)

BASES: Final = {
    WarningRule.few_members: _SIZE,
    WarningRule.many_members: _SIZE,
    WarningRule.no_committee: _COMMITTEE,
    WarningRule.committee_too_early: _COMMITTEE,
    WarningRule.term_ends: _TERM,
    WarningRule.term_over: _TERM,
    WarningRule.window_without_backup: _WINDOW,
    WarningRule.window_not_secretary: _WINDOW,
}

TEXTS: Final = {
    WarningRule.few_members: Text("正式党员只有 {n} 名，不足 3 名。", "It has {n} full members, fewer than 3."),
    WarningRule.many_members: Text("党员有 {n} 名，超过 50 名。", "It has {n} members, more than 50."),
    WarningRule.no_committee: Text(
        "正式党员有 {full} 名，应设 3 至 7 人的支部委员会，现有 {n} 人。",
        "With {full} full members it should have a committee of 3 to 7; it has {n}.",
    ),
    WarningRule.committee_too_early: Text(
        "正式党员只有 {n} 名，不足 7 名，只设书记、副书记。",
        "With {n} full members, fewer than 7, it has a secretary and a deputy only.",
    ),
    WarningRule.term_ends: Text("任期 {day} 届满，请准备换届。", "Its term ends on {day}: prepare the election."),
    WarningRule.term_over: Text("任期已于 {day} 届满，请换届。", "Its term ended on {day}: hold the election."),
    WarningRule.window_without_backup: Text("“{title}”没有B岗。", "“{title}” has no backup."),
    WarningRule.window_not_secretary: Text("“{title}”的A岗不是书记。", "Who holds “{title}” as A is not a secretary."),
}


@dataclass(frozen=True)
class Warned:
    """One thing that is worth a look."""

    organization_id: UUID
    rule: WarningRule
    params: Mapping[str, object]
    post_id: UUID | None = None

    @property
    def text(self) -> Text:
        return TEXTS[self.rule].fill(**self.params)

    @property
    def basis(self) -> Sequence[Basis]:
        return BASES[self.rule]


def list_post_warnings(work: Work, access: Access, organization_id: UUID | None) -> list[tuple[str, Warned]]:
    """What is worth a look about an organisation within reach and everything below it, or about all within reach, organisation by
    organisation as they stand in the tree, each with the name of whose it is. Raises `NotFound`."""
    counted = queries.counted_members(work, access, organization_id)
    found: list[Warned] = []
    for branch in queries.open_branches(work, access, organization_id):
        found += of_branch(branch.id, counted.get(branch.id, Counts()))
    for organization in queries.with_term(work, access, organization_id, work.today + NEAR):
        found += of_term(organization, work.today)
    posts = {post.id: post for post in queries.windows(work, access, organization_id)}
    held: dict[UUID, list[Held]] = {key: [] for key in posts}
    for one in queries.held(work, post_ids=list(posts), today=work.today):
        held[one.post.id].append(one)
    for key, post in posts.items():
        found += of_window(post, held[key])
    paths = paths_of(work, {one.organization_id for one in found})
    names = organization_names(work, paths)
    found.sort(key=lambda one: (paths[one.organization_id], list(WarningRule).index(one.rule)))
    return [(names[one.organization_id], one) for one in found]


def of_branch(branch_id: UUID, counts: Counts) -> Iterable[Warned]:
    """What is worth a look about the size of a branch and its committee."""
    if counts.full < FEWEST:
        yield Warned(branch_id, WarningRule.few_members, {"n": counts.full})
    if counts.members > MOST:
        yield Warned(branch_id, WarningRule.many_members, {"n": counts.members})
    if counts.full >= WITH_COMMITTEE and counts.committee not in COMMITTEE:
        yield Warned(branch_id, WarningRule.no_committee, {"full": counts.full, "n": counts.committee})
    if counts.full < WITH_COMMITTEE and counts.commissioners:
        yield Warned(branch_id, WarningRule.committee_too_early, {"n": counts.full})


def of_term(organization: Organization, today: date) -> Iterable[Warned]:
    """What is worth a look about the term of a committee: it ends within 90 days, or is over."""
    last = organization.term_ends_on
    if last is not None and last <= today + NEAR:
        rule = WarningRule.term_over if last < today else WarningRule.term_ends
        yield Warned(organization.id, rule, {"day": last.isoformat()})


def of_window(post: Post, held: Sequence[Held]) -> Iterable[Warned]:
    """What is worth a look about a window post and who holds it today."""
    slots = {one.holding.slot for one in held}
    if PostSlot.backup not in slots:
        yield Warned(post.organization_id, WarningRule.window_without_backup, {"title": post.title}, post.id)
    if any(one.holding.slot is PostSlot.primary and one.member.party_post is not PartyPost.secretary for one in held):
        yield Warned(post.organization_id, WarningRule.window_not_secretary, {"title": post.title}, post.id)
