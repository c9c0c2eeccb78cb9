from collections.abc import Mapping
from uuid import UUID

from api.database import Work
from models.print_enums import PrintKind, PrintLayout
from models.printing import PrintBatch, PrintItem


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    batch = PrintBatch(
        organization_id=ids["organization_id"],
        kind=PrintKind.desk_plate,
        layout=PrintLayout.single,
        emblem=False,
        count=1,
        created_by=ids["account_id"],
    )
    work.add(batch)
    work.flush()
    work.add(PrintItem(batch_id=batch.id, position=1, plate_id=ids["plate_id"]))
    work.flush()
    return {"batch_id": batch.id}
