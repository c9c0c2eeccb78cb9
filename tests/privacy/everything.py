"""Somebody of whom every table keeps something: a row in each, whose personal values are words that stand nowhere else."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Enum, LargeBinary, String, Table, Uuid, insert, make_url, update
from sqlmodel.sql.sqltypes import AutoString

from api.adapters.cipher import Place
from api.database import Origin, Work
from api.files.brought import Prepared
from api.files.service import add_file
from api.house import House
from api.privacy.paths import becomes, goes, leads_to, marked, of_persons
from models.account import Account
from models.base import Erased, Personal, metadata
from models.enums import FilePurpose

CANARY = "金丝雀"
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
FIXED: dict[str, dict[str, Any]] = {
    "card": {"state": "revoked", "credential_number": 1, "status_list": 9, "status_index": 9},
    "complaint": {"state": "founded", "decided_at": LONG_AGO},
    "correction_request": {"state": "accepted", "decided_at": LONG_AGO},
    "appeal": {"state": "refused", "decided_at": LONG_AGO},
    "evaluation": {"source": "masses", "words_state": "held", "voided_at": LONG_AGO, "voided_by": "account"},
    "honor": {"withdrawn_at": LONG_AGO},
    "member": {"status": "left"},
    "membership_event": {"kind": "transferred", "to_organization_id": "elsewhere", "left_kind": None},
    "pledge": {"state": "withdrawn", "text_no": 1, "published_at": LONG_AGO},
    "pledge_text": {"decision": "approved", "decided_at": LONG_AGO},
    "post": {"kind": "duty"},
    "post_application": {"how": "applied", "state": "refused", "decided_at": LONG_AGO},
    "transfer": {"state": "refused", "decided_at": LONG_AGO, "to_organization_id": "elsewhere"},
    "slip_request": {"state": "refused", "decided_at": LONG_AGO},
    "appraisal": {"state": "closed", "closed_at": LONG_AGO, "closed_by": "account"},
    "score_year": {"year": 2026},
    "pledge_progress": {"percent": 1},
}
"""What the rules of some tables ask of a row; a word in place of a key is one of `keys`."""


class Everything:
    """Puts a row about one member into every table whose rows lead to him, and remembers by which words each value is found."""

    def __init__(self, work: Work, house: House, *, account: UUID, organization: UUID, elsewhere: UUID) -> None:
        self.work, self.cipher, self.storage = work, house.cipher, house.storage
        member = work.get_one(Account, account).member_id
        assert member is not None
        self.keys: dict[str, Any] = {"member": member, "account": account, "organization": organization, "elsewhere": elsewhere}
        self.words: dict[str, str] = {}
        """What is found in clear, by table and column."""
        photo_id = uuid4()
        self.fixed = FIXED | {"photo": {"id": photo_id}}
        self.keys["stored_file"] = self._add_file("photo", photo_id)
        for name, key in (("member", member), ("account", account)):
            table = metadata.tables[name]
            values = {one.name: self._value(table, one, key) for one in table.columns if one.info["personal"] is not Personal.none}
            work.execute(update(table).where(table.c.id == key).values(values | self.fixed.get(name, {})))
        for table in of_persons():
            # The trail writes itself.
            if table.name != "audit_line":
                self.key_of(table)
        for name in ("pledge_progress", "score_entry", "correction_request"):
            self._add_file(name, self.keys[name])

    def _add_file(self, kind: str, key: UUID) -> UUID:
        """A file of which the object has words of its own."""
        content = self._word(f"object of {kind}").encode()
        prepared = Prepared(f"attachment/{uuid4().hex}", FilePurpose.attachment, len(content), 1, 1, sha256(content).hexdigest())
        self.storage.put(prepared.key, BytesIO(content), prepared.media_type)
        file = add_file(self.work, prepared, organization_id=self.keys["organization"], uploaded_by=self.keys["account"])
        file.attached_kind, file.attached_id = kind, key
        self.work.flush()
        return file.id

    def key_of(self, table: Table) -> Any:
        """The key of the row of a table, made where there is none yet."""
        if table.name not in self.keys:
            self.keys[table.name] = self._add(table)
        return self.keys[table.name]

    def _add(self, table: Table) -> Any:
        row_id, fixed = uuid4(), self.fixed.get(table.name, {})
        values: dict[str, Any] = {}
        for column in table.columns:
            if column.name in fixed:
                given = fixed[column.name]
                values[column.name] = self.keys.get(given, given) if isinstance(given, str) else given
            elif column.name == "id" and isinstance(column.type, Uuid):
                values["id"] = row_id
            elif column is marked(table):
                above = leads_to(table)
                values[column.name] = None if above is None else self.key_of(above)
            elif column.info["personal"] is not Personal.none or not column.nullable:
                values[column.name] = self._value(table, column, row_id)
        self.work.execute(insert(table).values(values))
        return values.get("id") or values[next(iter(table.primary_key)).name]

    def _value(self, table: Table, column: Column[Any], row_id: UUID) -> Any:
        for key in column.foreign_keys:
            made = self.key_of(key.column.table)
            return made if key.column.primary_key else self.fixed[key.column.table.name][key.column.name]
        kind, place = column.type, f"{table.name}.{column.name}"
        if isinstance(kind, Enum):
            return kind.enums[0]
        if isinstance(kind, LargeBinary):
            return self.cipher.seal_text(self._word(place), Place(table.name, column.name, row_id))
        if isinstance(kind, String | AutoString):
            tells = column.info["personal"] is not Personal.none and (goes(table) or becomes(column) is not Erased.stays)
            return self._word(place) if tells else uuid4().hex[: kind.length or 32]
        if isinstance(kind, JSON):
            return [{"id": str(row_id), "words": self._word(place)}] if column.info["personal"] is not Personal.none else []
        if isinstance(kind, Boolean):
            return True
        if isinstance(kind, Date):
            return date(2026, 1, 5)
        if isinstance(kind, Uuid):
            return uuid4()
        return LONG_AGO if "DateTime" in type(kind).__name__ or isinstance(kind, DateTime) else 1

    def _word(self, place: str) -> str:
        return self.words.setdefault(place, f"{CANARY}{len(self.words):03}号")


def every_row(house: House) -> Iterator[bytes]:
    with house.database.reading(Origin("test")) as work:
        for table in metadata.sorted_tables:
            yield from (repr(row).encode() for row in work.execute(table.select()).all())


def every_byte(house: House) -> Iterator[bytes]:
    """All that is found in the database, on SQLite in its files too, on PostgreSQL in its statistics, and in the storage."""
    yield from every_row(house)
    for item in house.storage.objects():
        with house.storage.open(item.key) as source:
            yield source.read()
    if not house.database.is_sqlite:
        with house.database.reading(Origin("test")) as work:
            told = "SELECT concat(most_common_vals::text, histogram_bounds::text, most_common_elems::text) FROM pg_stats"
            yield from (str(text).encode() for text in work.connection().exec_driver_sql(told).scalars())
    else:
        path = Path(str(make_url(house.database.url).database))
        yield from (beside.read_bytes() for beside in path.parent.glob(f"{path.name}*") if beside.is_file())
