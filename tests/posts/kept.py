"""Posts and who holds them as they stand in the tables, and asked for."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api.building import PROFILES
from api.database import Work
from api.profiles.service import mend_profiles
from models.post import Post, PostApplication, PostHolding
from models.post_enums import HoldingHow, PostKind, PostSlot
from models.profile import Profile
from tests.conftest import Caller, District

URL = "/v1/posts"
WHY = {"reason": "岗位调整"}
DUTIES = [{"text": "每周三上门代办", "list_kind": None, "list_number": None}]
GIVEN: dict[str, Any] = {"slot": "primary", "since": "2026-01-01", "how": "appointed"}
STATEMENT = {"statement": "愿意为大家跑腿。"}


def add_post(work: Work, organization_id: UUID, **content: Any) -> Post:
    """A post, by itself one of 设岗定责 with two seats a slot."""
    values: dict[str, Any] = {"kind": PostKind.duty, "title": "政策宣传岗", "seats": 2, "duties": DUTIES}
    post = Post(organization_id=organization_id, **values | content)
    work.add(post)
    work.flush()
    return post


def keep_post(district: District, code: str = "B11", **content: Any) -> Post:
    with district.work() as work:
        return add_post(work, district.ids[code], **content)


def add_held(work: Work, post_id: UUID, member_id: UUID, **content: Any) -> PostHolding:
    values: dict[str, Any] = {"slot": PostSlot.primary, "since": date(2026, 1, 1), "how": HoldingHow.appointed}
    holding = PostHolding(post_id=post_id, member_id=member_id, **values | content)
    work.add(holding)
    work.flush()
    return holding


def keep_held(district: District, post: Post, member_id: UUID, **content: Any) -> PostHolding:
    with district.work() as work:
        return add_held(work, post.id, member_id, **content)


def add_application(work: Work, post: Post, member_id: UUID, by: UUID, **content: Any) -> PostApplication:
    values: dict[str, Any] = {"how": HoldingHow.applied, "statement": "愿意为大家跑腿。"}
    application = PostApplication(
        organization_id=post.organization_id, post_id=post.id, member_id=member_id, asked_by=by, **values | content
    )
    work.add(application)
    work.flush()
    return application


def create(caller: Caller, district: District, code: str = "B11", **content: Any) -> Any:
    body = {"organization_id": str(district.ids[code]), "kind": "duty", "title": "政策宣传岗", "duties": DUTIES, **content}
    return caller.post(URL, json=body)


def edit(caller: Caller, key: UUID | str, **changes: Any) -> Any:
    return caller.patch(f"{URL}/{key}", json=changes, headers={"If-Match": "*"})


def give(caller: Caller, key: UUID | str, member_id: UUID, **content: Any) -> Any:
    return caller.post(f"{URL}/{key}/holdings", json={**GIVEN, "member_id": str(member_id), **content})


def end(caller: Caller, key: UUID | str, holding_id: UUID | str, **more: Any) -> Any:
    return caller.post(f"{URL}/{key}/holdings/{holding_id}/end", json=WHY | more)


def close(caller: Caller, key: UUID | str) -> Any:
    return caller.post(f"{URL}/{key}/close", json=WHY)


def announce(caller: Caller, key: UUID | str, until: date) -> Any:
    return caller.post(f"{URL}/{key}/announce", json={"until": until.isoformat()})


def today(district: District, days: int = 0) -> date:
    with district.work() as work:
        day: date = work.today + timedelta(days=days)
        return day


def on_card(district: District, member_id: UUID) -> list[dict[str, Any]]:
    """The posts that the profile of a member holds; every profile is what the rooms say."""
    with district.work() as work:
        assert mend_profiles(work, PROFILES) == 0
        row = work.get(Profile, member_id)
        return list(row.posts or []) if row else []
