"""Who did what, when, by which request; nothing in it is ever changed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from api.access.permissions import Permission
from api.access.scope import Access
from api.audit import schemas, service
from api.web.dependencies import HouseDep, PagesDep, Reading, requires
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/v1/audit", tags=["audit"], route_class=HouseRoute)


@router.get("")
def list_audit_lines(
    access: Annotated[Access, requires(Permission.audit_read)],
    work: Reading,
    house: HouseDep,
    pages: PagesDep,
    target_id: UUID | None = None,
    actor_id: UUID | None = None,
) -> schemas.AuditPage:
    """Who did what within reach, the newest first."""
    items, unreadable, following = service.list_audit_lines(
        work, access, house.audit_key, pages, target_id=target_id, actor_id=actor_id
    )
    shown = [schemas.AuditLineShown.model_validate(item) for item in items]
    return schemas.AuditPage(items=shown, next_cursor=following, unreadable=unreadable)
