"""Posts of the demonstration, through the services by which people would give them: those of a branch, its window, and a first
secretary of its village."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.posts.applications import accept_post_application, apply_for_post, recommend_for_post
from api.posts.holdings import add_holding
from api.posts.service import announce_post, create_post
from api.versions import Expected
from models.enums import PartyPost
from models.member import Member
from models.organization import Organization
from models.post_enums import HoldingHow, PostKind, PostSlot

ANY = Expected(None, required=False)
OPEN_FOR = timedelta(days=30)


def post_branch(
    work: Work, officer: Access, applicant: Access, branch: Organization, members: Sequence[Member], *, window_id: UUID
) -> None:
    """Give posts to some members of a branch, of whom the first is `applicant` and the second its secretary, and to one who is sent
    to its village, the last: A and B at the window, what a meeting has announced, and what still waits for a decision."""
    by = officer.using(Permission.post_write)
    new_year, day = date(work.today.year, 1, 1), work.today
    first, secretary, third, fourth, *_, sent = members

    def post(kind: PostKind, title: str, duties: Sequence[str], owner: UUID = branch.id, **more: Any) -> UUID:
        told = {"catalogue_code": None, "venue_id": None, "seats": 1, "is_public": True, "party_post": None} | more
        content = told | {"title": title, "duties": [{"text": text, "list_kind": None, "list_number": None} for text in duties]}
        word = content.pop("party_post")
        return create_post(work, by, organization_id=owner, kind=kind, party_post=word, content=content).post.id

    def give(post_id: UUID, member: Member, slot: PostSlot = PostSlot.primary, sent_by_id: UUID | None = None) -> None:
        given = {"slot": slot, "since": new_year, "until": None, "how": HoldingHow.appointed}
        add_holding(work, by, post_id, member_id=member.id, sent_by_id=sent_by_id, **given)  # type: ignore[arg-type]

    post(PostKind.party, "党支部书记", ["主持支部全面工作", "落实“三会一课”"], party_post=PartyPost.secretary)
    post(PostKind.party, "组织委员", ["管理党员名册和组织关系", "收缴党费"], party_post=PartyPost.organization_commissioner)
    window = post(PostKind.window, "便民代办窗口", ["受理代办事项，当天受理", "接待来访群众"], venue_id=window_id)
    give(window, secretary)
    give(window, first, PostSlot.backup)
    give(post(PostKind.pioneer, "党员先锋岗", ["急难险重任务走在前面"]), third)
    pioneers = post(PostKind.duty, "环境卫生巡护岗", ["每周巡查河道和垃圾房一次"], seats=2, catalogue_code="SE-03")
    heralds = post(PostKind.duty, "政策宣传岗", ["每月入户宣传政策一次"], seats=2, catalogue_code="CV-01")
    for key in (pioneers, heralds):
        announce_post(work, by, key, day + OPEN_FOR, ANY)
    chosen = recommend_for_post(work, by, pioneers, fourth.id, "热心公益，群众公认。").application.id
    accept_post_application(work, by, chosen, PostSlot.primary, new_year, ANY)
    apply_for_post(work, applicant.using(Permission.own_record), heralds, "我当过广播员，愿意把政策讲给大家听。")
    village, town = branch.parent_id or branch.id, by.organization_id
    give(post(PostKind.first_secretary, "第一书记", ["帮助村里抓党建、促治理"], village), sent, sent_by_id=town)
