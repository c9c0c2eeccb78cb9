from collections.abc import Mapping
from uuid import UUID

from sqlmodel import select

from api.access.scope import root_id
from api.database import Work
from models.list_edition import ListEdition
from models.list_enums import ListKind


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    """The district has one draft of each list; none has a place in the tree of its own."""
    if work.exec(select(ListEdition.id)).first() is None:
        root = root_id(work)
        assert root is not None
        for kind in ListKind:
            work.add(ListEdition(organization_id=root, kind=kind, number=1, title="清单", change_note="新编。", token=kind))
        work.flush()
    return {}
