"""Posts are found by their indexes, so that they cost the same however many there are."""

import re
from typing import Any
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.pagination import Pages
from api.posts import queries
from api.posts.service import list_posts
from api.posts.showing import posts_in_venue, shown_posts
from models.enums import Role
from tests.conftest import District
from tests.plans import plans

FIRST = Pages(bytes(32), "list", 50, None)
NOTHING: dict[str, Any] = {"organization_id": None, "kind": None, "venue_id": None, "vacant": None, "closed": False}


def test_posts_and_holdings_are_found_by_their_indexes(district: District) -> None:
    officer = UUID(district.sign_in(Role.district_officer, "D").account_id)
    access = Access(officer, officer, district.ids["D"], None, Permission.post_read, ())
    key, house = UUID(int=1), district.house

    def plan(table: str, ask: Any) -> str:
        found = plans(house, f"FROM {table} ", ask)
        return found[0].replace("\n", " ")

    assert "ix_post_organization_id" in plan(
        "post", lambda work: list_posts(work, access, FIRST, **NOTHING | {"organization_id": district.ids["B11"]})
    )
    listed = plan("post", lambda work: list_posts(work, access, FIRST, **NOTHING))
    assert not re.search(r"TEMP B-TREE|Sort|Seq Scan on post\b", listed)
    assert "ix_post_venue_id" in plan("post", lambda work: posts_in_venue(work, key, key))
    assert "ix_post_holding_member_id_until" in plan("post_holding", lambda work: shown_posts(work, [key]))
    assert "ix_post_holding_post_id" in plan("post_holding", lambda work: queries.held(work, post_ids=[key]))
    waiting = plan("post_application", lambda work: queries.open_applications(work, post_id=key))
    assert re.search("post_application_(open|post_id|waits)", waiting)
    assert "uq_post_party" in plan("post", lambda work: queries.party_posts(work, [key]))
    of_posts, sent = plans(house, "FROM post_holding ", lambda work: queries.told_of(work, key))
    assert "ix_post_holding_post_id" in of_posts and "ix_post_holding_sent_by_id" in sent
