"""What waits about pledges: for secretaries what the year asks for, for reviewers what is to be decided, for members their own."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import literal_column
from sqlmodel import col

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.days import day_of
from api.errors import Text
from api.pledges.rhythm import queries as rhythm
from api.pledges.rules import REVIEW_DAYS
from api.pledges.waiting import queries
from api.todo.service import Item, Source
from models.campaign import Campaign
from models.evaluation import Evaluation
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText

REVIEW: Final = Permission.pledge_review
OWN: Final = Permission.own_pledge


def _of_year(kind: str, rows: Callable[[Work, Access], Any], words: Text) -> Source:
    """A step of the year that a branch has not done. `words` may name the branch, the period and how many are left."""

    def tell(work: Work, branch: Organization, period: str, opens_on: str, due_on: str, number: int) -> Item:
        text = words.fill(name=branch.name, period=period, number=number)
        since = work.begin_of(date.fromisoformat(opens_on))
        return Item(branch.id, branch.id, text, since, date.fromisoformat(due_on))

    return Source(kind, Organization, REVIEW, rows, tell, (literal_column("waiting.due_on"), col(Organization.id)))


def _whose(member: str | None, organization: str) -> str:
    return member or organization


def _to_review(work: Work, pledge: Pledge, since: datetime, member: str | None, organization: str) -> Item:
    who = _whose(member, organization)
    text = Text(f"{who}提交了承诺，请审诺。", f"{who} has submitted a pledge: please approve it or send it back.")
    return Item(pledge.id, pledge.organization_id, text, since, day_of(since + REVIEW_DAYS, work.zone))


def _to_publish(work: Work, pledge: Pledge, since: datetime, member: str | None, organization: str) -> Item:
    who = _whose(member, organization)
    text = Text(f"{who}的承诺已审定，请公开亮诺。", f"A pledge of {who} is approved: please publish it.")
    return Item(pledge.id, pledge.organization_id, text, since)


def _to_confirm(work: Work, pledge: Pledge, member: str | None, organization: str) -> Item:
    who = _whose(member, organization)
    text = Text(f"{who}申报了承诺的结果，请核实确认。", f"{who} says what has become of a pledge: please look into it and decide.")
    return Item(pledge.id, pledge.organization_id, text, pledge.claimed_at or pledge.updated_at)


def _progress(work: Work, entry: PledgeProgress, organization_id: Any, member: str | None, organization: str) -> Item:
    who = _whose(member, organization)
    text = Text(
        f"{who}填报了践诺进展，请审核公开。", f"{who} tells what has been done for a pledge: please look at it and publish it."
    )
    return Item(entry.id, organization_id, text, entry.created_at)


def _words(work: Work, rating: Evaluation, organization_id: Any, member: str | None, organization: str) -> Item:
    who = _whose(member, organization)
    text = Text(
        f"群众给{who}的承诺留了言，请决定是否公开。", f"Somebody has written about a pledge of {who}: please show or hide it."
    )
    return Item(rating.id, organization_id, text, rating.created_at)


def _returned(work: Work, pledge: Pledge, since: datetime, member: str | None, organization: str) -> Item:
    who = _whose(member, organization)
    text = Text(
        f"{who}的承诺被退回，请按意见修改后再提交，或撤回。",
        f"A pledge of {who} was sent back: please mend it and submit it again, or withdraw it.",
    )
    return Item(pledge.id, pledge.organization_id, text, since)


def _overdue(work: Work, pledge: Pledge) -> Item:
    text = Text("您的承诺已到期，请申报完成情况。", "Your pledge is past its day: please say what has become of it.")
    return Item(pledge.id, pledge.organization_id, text, work.begin_of(pledge.due_on + timedelta(days=1)), pledge.due_on)


def _campaign(work: Work, campaign: Campaign, organization_id: Any) -> Item:
    text = Text(f"{campaign.title}正在进行，请提出您的承诺。", f"“{campaign.title}” is under way: please make your pledge.")
    return Item(campaign.id, organization_id, text, campaign.created_at, campaign.due_on)


PLEDGES: Final[tuple[Source, ...]] = (
    _of_year(
        "pledge_start",
        rhythm.waiting_to_start,
        Text(
            "{name}还有 {number} 名党员没有提满两项年度承诺。",
            "{number} members of {name} have not submitted two annual pledges yet.",
        ),
    ),
    _of_year(
        "pledge_quarter",
        rhythm.waiting_to_publish,
        Text("{name} {period} 的承诺还没有公示。", "{name} has not made its pledges public for {period} yet."),
    ),
    _of_year(
        "pledge_half",
        rhythm.waiting_to_comment,
        Text("{name} {period} 还有 {number} 项承诺没有点评。", "{number} pledges of {name} have no comment for {period} yet."),
    ),
    _of_year(
        "pledge_year",
        rhythm.waiting_to_close,
        Text("{name} {period} 年还有 {number} 项承诺没有考核。", "{number} pledges of {name} of {period} are not evaluated yet."),
    ),
    Source("pledge_review", Pledge, REVIEW, queries.to_review, _to_review, (col(PledgeText.submitted_at), col(Pledge.id))),
    Source("pledge_publish", Pledge, REVIEW, queries.to_publish, _to_publish, (col(PledgeText.decided_at), col(Pledge.id))),
    Source("pledge_claim", Pledge, REVIEW, queries.to_confirm, _to_confirm, (col(Pledge.claimed_at), col(Pledge.id))),
    Source("pledge_progress", PledgeProgress, REVIEW, queries.progress_to_publish, _progress, (col(PledgeProgress.id),)),
    Source("pledge_words", Evaluation, REVIEW, queries.words_to_read, _words, (col(Evaluation.id),)),
    Source("pledge_returned", Pledge, OWN, queries.returned, _returned, (col(PledgeText.decided_at), col(Pledge.id))),
    Source(
        "pledge_overdue",
        Pledge,
        OWN,
        lambda work, access: queries.overdue(work, access.member_id) if access.member_id else None,
        _overdue,
        (col(Pledge.due_on), col(Pledge.id)),
    ),
    Source(
        "pledge_campaign",
        Campaign,
        OWN,
        lambda work, access: queries.campaigns_to_join(work, access.member_id) if access.member_id else None,
        _campaign,
        (col(Campaign.due_on), col(Campaign.id)),
    ),
)
