from collections.abc import Mapping
from uuid import UUID

from sqlmodel import select

from api.access.scope import root_id
from api.database import Work
from models.standard import Standard


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    """The district has one standard, by which every venue is judged; it has no place in the tree of its own."""
    if work.exec(select(Standard.id)).first() is None:
        root = root_id(work)
        assert root is not None
        standard = Standard(
            organization_id=root,
            number=1,
            title="标识应用规范",
            issuer="明湖区",
            change_note="首次发布。",
            effective_on=work.today,
            published_at=work.at,
            token="settled",
        )
        work.add(standard)
        work.flush()
    return {}
