"""Whether somebody has brought too many files that hang on nothing is asked of these alone, however many he has brought."""

from typing import Any
from uuid import UUID, uuid4

from api.access.permissions import Permission
from api.access.scope import Access
from api.files.queries import count_unused
from models.enums import FilePurpose, FileState, Role
from models.file import StoredFile
from tests.conftest import District
from tests.plans import effort

MANY = 300


def test_to_count_what_hangs_on_nothing_costs_the_same_however_much_hangs_on_something(district: District) -> None:
    key, other = (UUID(district.sign_in(Role.district_officer, "D").account_id) for _ in range(2))
    place = district.ids["D"]
    with district.work() as work:
        for number in range(2 * MANY):
            # Of somebody else nothing hangs on anything.
            hangs: dict[str, Any] = {"attached_kind": "photo", "attached_id": uuid4()} if 2 < number < MANY else {}
            work.add(
                StoredFile(
                    organization_id=place,
                    uploaded_by=key if number < MANY else other,
                    purpose=FilePurpose.portrait,
                    state=FileState.ready,
                    storage_key=f"{number}",
                    media_type="image/jpeg",
                    digest=f"{number:064}",
                    **hangs,
                )
            )
        work.flush()
    access = Access(key, key, place, None, Permission.own_pledge, ())
    assert effort(district.house, "attached_kind", "stored_file", lambda work: count_unused(work, access)) < MANY / 10
