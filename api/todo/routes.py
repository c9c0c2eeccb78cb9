"""What waits for the person who asks."""

from typing import Annotated

from fastapi import APIRouter

from api.access.permissions import Permission
from api.access.scope import Access
from api.language import said
from api.todo import schemas, service
from api.todo.dependencies import SourcesDep
from api.web.dependencies import LanguageDep, Reading, requires
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/v1/todo", tags=["todo"], route_class=HouseRoute)

TodoAccess = Annotated[Access, requires(Permission.todo_read)]


@router.get("")
def list_todo(access: TodoAccess, work: Reading, language: LanguageDep, sources: SourcesDep) -> schemas.TodoShown:
    """What waits for the person who asks, of every kind that he may decide."""
    found = service.list_todo(work, access, sources)
    return schemas.TodoShown(
        total=sum(found.counts.values()),
        counts=found.counts,
        counts_capped=list(found.capped),
        items=[
            schemas.TodoItem(
                kind=one.kind,
                target_type=one.target_type,
                target_id=one.item.target_id,
                organization_id=one.item.organization_id,
                organization_name=one.organization_name,
                text=said(one.item.text, language),
                since=one.item.since,
                due_on=one.item.due_on,
                is_overdue=one.is_overdue,
            )
            for one in found.items
        ],
    )
