"""The taking in of a sheet of items: what each row means for the draft."""

from typing import ClassVar

from api.adapters.tables import RejectedRow
from api.allowance import each
from api.database import Work
from api.errors import Text
from api.lists import queries
from api.lists.drafts import add_items, held_draft
from api.lists.item_file import ItemFile
from api.uploads import Imported, RowsRejected
from models.list_enums import ListKind, ListScope


class ListItemsRejected(RowsRejected):
    text: ClassVar[Text] = Text(
        "清单表中有不能接受的行，全部未导入。请改正后重新上传。",
        "Rows of the sheet are at fault, so nothing was stored. Correct them and send it again.",
    )


def import_list_items(work: Work, kind: ListKind, file: ItemFile, *, dry_run: bool) -> Imported:
    """Load items into the draft from a sheet. A row is the draft's item of that number, of which only what the row states is
    changed; there being none, a new one, which applies to all and has no flow where the row does not say. A dry run tells the same
    and writes nothing.

    Raises `NotFound` where there is no draft, and `ListItemsRejected` where rows are at fault.
    """
    draft = held_draft(work, kind)
    known = {item.number: item for item in queries.items(work, draft.id)}
    done, added = Imported(rows=len(file.rows), sheets=file.sheets, left_out=file.left_out), []
    for row in each(file.rows):
        if isinstance(row, RejectedRow):
            done.rejected.append(row)
            continue
        item = known.get(row.number)
        if item is None:
            done.created += 1
            added.append({"number": row.number, "applies_to": list(ListScope), "flow": [], **row.stated})
            continue
        changed = {name: value for name, value in row.stated.items() if value != getattr(item, name)}
        if not changed:
            done.unchanged += 1
            continue
        done.updated += 1
        file.sheets[row.order].changes[row.row] = tuple(row.table.heading(column) for column in sorted(changed))
        if not dry_run:
            for name, value in changed.items():
                setattr(item, name, value)
    if dry_run:
        return done
    if done.rejected:
        raise ListItemsRejected(done)
    if done.created or done.updated:
        add_items(work, draft, added)
        draft.updated_at = work.at
        work.record("import_list_items", draft, kind=kind.value, created=done.created, updated=done.updated)
        work.flush()
    return done
