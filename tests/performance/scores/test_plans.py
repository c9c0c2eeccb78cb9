"""The appeals that a branch hears are found among its own, and not among those of all organisations."""

from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.performance.appeals.queries import listed, to_hear
from models.enums import Role
from tests.conftest import District
from tests.plans import plans


def test_appeals_are_found_by_the_organizations_that_are_reached(district: District) -> None:
    key = UUID(district.sign_in(Role.secretary, "B11").account_id)
    access = Access(key, key, district.ids["B11"], None, Permission.board_read, ())
    (plan,) = plans(district.house, "FROM appeal", lambda work: work.exec(listed(to_hear(work, access), None)).all())
    assert "ix_appeal_organization_id" in plan
