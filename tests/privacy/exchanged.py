"""Members' keys given to each other, by somebody who writes rows."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, delete, insert, literal, select, update

from models import metadata
from models.enums import Role
from tests.conftest import District

MEMBER: Table = metadata.tables["member"]


def exchange(district: District, one: UUID, other: UUID) -> None:
    """Give each of two members the key of the other, wherever it stands."""
    meanwhile = uuid4()
    for old, new in ((one, meanwhile), (other, one), (meanwhile, other)):
        _rekey(district, old, new)


def _rekey(district: District, old: UUID, new: UUID) -> None:
    rest = [column for column in MEMBER.columns if column.name != "id"]
    copied = select(literal(new, MEMBER.c.id.type), *rest).where(MEMBER.c.id == old)
    with district.work() as work:
        work.execute(insert(MEMBER).from_select(["id", *(column.name for column in rest)], copied))
        for table in metadata.sorted_tables:
            for key in table.foreign_keys:
                if key.column.table is MEMBER:
                    work.execute(update(table).where(key.parent == old).values({key.parent.name: new}))
        work.execute(delete(MEMBER).where(MEMBER.c.id == old))


def erase_by_name(district: District, name: str) -> UUID:
    """An officer looks for a member, records that he leaves and erases him. Returns the key that he had."""
    officer = district.sign_in(Role.district_officer, "D")
    (found,) = officer.get("/v1/members", params={"q": name}).json()["items"]
    leaving: dict[str, Any] = {"kind": "withdrew", "reason": "本人申请退党"}
    assert officer.post(f"/v1/members/{found['id']}/leave", json=leaving).status_code == 200
    assert officer.post("/v1/privacy/erasures", json={"member_id": found["id"], "ground": "asked_for"}).status_code == 200
    return UUID(found["id"])
