"""Things to be put right as they stand in the tables, found by an inspection, and what is asked for about them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from api.codes.reading import new_venue_code
from api.database import Work
from api.rectifications.service import Finding, open_rectifications
from models.enums import CheckResult, VenueKind
from models.inspection import Inspection, InspectionItem
from models.rectification import Rectification
from models.venue import Venue
from tests.conftest import Caller, District
from tests.standards.settled import settle as keep_standard

URL = "/v1/rectifications"
DONE: dict[str, Any] = {"note": "已更换桌牌"}
WHY = {"reason": "现场查看属实"}


def add_inspection(work: Work, ids: Mapping[str, UUID], **told: Any) -> Inspection:
    """A final inspection of a new venue of one organisation, made by one account, by the district's standard."""
    keep_standard(work, ids)
    owner = ids["organization_id"]
    venue = Venue(organization_id=owner, kind=VenueKind.window, name="一号窗口", services=[], code=new_venue_code())
    work.add(venue)
    work.flush()
    values: dict[str, Any] = {"unannounced": False, "final": True, "by_own_organization": False, "finished_at": work.at}
    inspection = Inspection(
        **values | told,
        organization_id=owner,
        inspected_by=ids["account_id"],
        client_id=uuid4(),
        venue_id=venue.id,
        venue_kind=venue.kind,
        standard_number=1,
        revision=1,
        started_at=work.at,
        received_at=work.at,
        digest="0" * 64,
    )
    work.add(inspection)
    work.flush()
    return inspection


def add_failure(work: Work, inspection: Inspection, code: str = "DK-01", due_on: date | None = None) -> InspectionItem:
    """An item that fails in an inspection, which the venue's organisation has to put right."""
    item = InspectionItem(inspection_id=inspection.id, code=code, result=CheckResult.failed, note="桌牌缺失")
    work.add(item)
    work.flush()
    finding = Finding(item, inspection.organization_id, code, "桌牌", "桌牌缺失", due_on)
    open_rectifications(work, inspection.venue_id, inspection.id, [finding])
    return item


def keep_rectification(district: District, code: str = "B11", *, by: str, **told: Any) -> Rectification:
    """A thing that the organisation of that code has to put right; `told` is how it stands."""
    with district.work() as work:
        inspection = add_inspection(work, {"organization_id": district.ids[code], "account_id": UUID(by)})
        item = add_failure(work, inspection)
        row = only(work, item)
        for name, value in told.items():
            setattr(row, name, value)
        return row


def only(work: Work, item: InspectionItem) -> Rectification:
    return work.exec(select(Rectification).where(col(Rectification.source_id) == item.id)).one()


def act(caller: Caller, row: Rectification, verb: str, **more: Any) -> Any:
    return caller.post(f"{URL}/{row.id}/{verb}", json=(DONE if verb == "claim" else WHY) | more)
