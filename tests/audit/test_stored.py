"""Whatever somebody stores in the trail who may do anything to the database, it is read, and the place is named."""

import json
from datetime import UTC, datetime
from io import BytesIO
from itertools import product
from uuid import UUID
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from api.audit.rules import Break
from api.audit.service import verify
from api.audit.stored import NO_TEXT, Found, Head, Written, head_of, line_of
from api.database import AuditEntry, Origin
from api.house import House
from models.audit import AuditLine
from models.enums import Role
from tests.audit.trail import break_of, fill, go_on, lines_of, owning, tampering
from tests.conftest import District
from tests.verification.holders import hold

KEY = UUID(int=0xABCDEF)
AS_SQLITE = ["7", "2026-11-27 04:00:00.500000", KEY.hex, "a", "b", None, KEY.hex, "r", '{"a": "é"}', "m"]
AS_POSTGRESQL = ["7", "2026-11-27 04:00:00.5+00", str(KEY), "a", "b", None, str(KEY), "r", '{"a": "\\u00e9"}', "m"]
LINE = Written(7, datetime(2026, 11, 27, 4, 0, 0, 500_000, UTC), KEY, "a", "b", None, KEY, "r", {"a": "é"})
NONE_OF_OURS: dict[int, list[str | bytes | None]] = {
    0: [None, NO_TEXT, "x", "07", "7.0", " 7", "٧"],
    1: [None, NO_TEXT, "x", "infinity", "20000-01-01 00:00:00+00", "2026-11-27T04:00:00.500000", "2026-11-27 04:00:00.5000005"],
    2: [NO_TEXT, "x", "", KEY.hex.upper(), f"{{{KEY}}}", f"urn:uuid:{KEY}"],
    3: [None, NO_TEXT, b"\xed\xa0\x80"],
    8: [
        None,
        NO_TEXT,
        "x",
        "[]",
        "null",
        '{"a":1,"a":2}',
        '{"a":  1}',
        "[" * 5000,
        '{"a": "\\ud800"}',
        '{"a": ' + "1" * 5000 + "}",
    ],
    9: [None, NO_TEXT],
}
OWNER = (
    "action = CAST(action AS BLOB)",
    "action = CAST(X'ff' AS TEXT)",
    "request_id = request_id || char(55296)",
    "details = '{\"number\":0,' || substr(details, 2)",
    "details = 'x'",
    "details = 'null'",
    "at = replace(at, ' ', 'T')",
    "at = 'x'",
    "at = at || '5'",
    "organization_id = upper(organization_id)",
    "actor_id = CAST(actor_id AS BLOB)",
    "target_id = 'x'",
)
HEADS = (
    "seal = 'é'",
    "mac = 'é'",
    "seq = seq + 1",
    "seq = 9223372036854775807",
    "seq = -1",
    "seq = 1, mac = (SELECT mac FROM audit_line WHERE seq = 1)",
)
STRANGE = {
    "sqlite": ("'x', '{}'", "'2026-11-27 04:00:00.000000', '[]'"),
    "postgresql": ("'infinity', '{}'", "now(), (repeat('[', 5000) || repeat(']', 5000))::json"),
}
MOMENTS = {
    "sqlite": ("2026-11-28 garbage", "2026-11-28T00:00:00Z", "0000-00-00 00:00:00.000000"),
    "postgresql": ("0044-03-15 BC", "4714-11-24 BC", "-infinity"),
}
INSERTED = (
    "INSERT INTO audit_line (seq, at, details, action, target_kind, request_id, mac, organization_id, actor_id) "
    "SELECT {seq}, {said}, 'copy_own_data', 'account', 'x', 'é', (SELECT id FROM organization WHERE parent_id IS NULL), {actor}"
)


NO_NUMBERS = {"sqlite": ("NULL", "'x'", "X'ff'"), "postgresql": ("NULL",)}


def take_the_key(connection: Connection, engine: str) -> None:
    """Leave the trail's table without its key, as its owner could."""
    if engine == "sqlite":
        connection.exec_driver_sql("CREATE TABLE mine AS SELECT * FROM audit_line")
        connection.exec_driver_sql("DROP TABLE audit_line")
        connection.exec_driver_sql("ALTER TABLE mine RENAME TO audit_line")
    else:
        connection.exec_driver_sql("ALTER TABLE audit_line DROP CONSTRAINT pk_audit_line")


@pytest.mark.engine("sqlite")
def test_a_line_is_one_only_in_the_very_text_that_the_program_writes() -> None:
    for is_sqlite, row in ((True, AS_SQLITE), (False, AS_POSTGRESQL)):
        assert line_of(row, is_sqlite=is_sqlite) == line_of([one and one.encode() for one in row], is_sqlite=is_sqlite)
        assert line_of(row, is_sqlite=is_sqlite) == Found(7, (LINE, "m"))
        for place, texts in NONE_OF_OURS.items():
            for one in texts:
                if not (place == 1 and is_sqlite is False and str(one).startswith("2026")):
                    found = line_of([*row[:place], one, *row[place + 1 :]], is_sqlite=is_sqlite)
                    assert found == Found(7 if place else None, None), (place, one)
    assert head_of(("7", b"m", "s")) == Head(7, "m", "s")
    assert [head_of(row) for row in (None, ("x", "m", "s"), ("7", None, "s"), ("7", "m", NO_TEXT))] == [None] * 4


@pytest.mark.engine("sqlite")
def test_whatever_is_stored_in_a_line_is_named(house: House) -> None:
    with house.database.writing(Origin("test", actor_id=KEY)) as work:
        for number in range(3):
            work.entries.append(AuditEntry("count_cards", "card", KEY, KEY, {"number": number}))
    for one in OWNER:
        with tampering(house) as work:
            work.connection().exec_driver_sql(f"UPDATE audit_line SET {one} WHERE seq = 2")
            assert verify(work, house.audit_key) == (1, Break(2, "unreadable")), one
    for name in ("audit_head", "audit_line"):
        with tampering(house) as work:
            work.connection().execute(text(f"DROP TABLE {name}"))
            assert verify(work, house.audit_key)[1] is not None
    assert break_of(house) is None


def test_whoever_reads_the_trail_is_told_which_line_somebody_has_altered_or_taken_the_one_before(district: District) -> None:
    auditor = district.sign_in(Role.auditor, "D")
    fill(district.house, 9)
    last = len(lines_of(district.house))
    with owning(district.house) as connection:
        connection.execute(text("UPDATE audit_line SET action = 'x' WHERE seq = :seq"), {"seq": last - 6})
        connection.execute(text("DELETE FROM audit_line WHERE seq = :seq"), {"seq": last - 3})
    told: list[int] = []
    cursor: str | None = None
    with capture_logs() as logged:
        while not told or cursor:
            page = auditor.get("/v1/audit", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
            told += [item["seq"] for item in page["items"] if not item["is_genuine"]] or [0]
            cursor = page["next_cursor"]
    assert [seq for seq in told if seq] == [last - 2, last - 6]
    assert [line["seqs"] for line in logged if line["event"] == "audit_lines_not_genuine"] == [[last - 2], [last - 6]]


def test_of_two_lines_of_one_number_none_is_told_as_genuine(district: District, engine: str) -> None:
    auditor = district.sign_in(Role.auditor, "D")
    fill(district.house, 3)
    last = len(lines_of(district.house))
    with owning(district.house) as connection:
        take_the_key(connection, engine)
        names = ", ".join(AuditLine.model_fields)
        others = names.replace("action", "'made_up'")
        connection.execute(text(f"INSERT INTO audit_line ({names}) SELECT {others} FROM audit_line WHERE seq = {last}"))
    told = auditor.get("/v1/audit", params={"limit": 3}).json()["items"]
    assert {item["seq"] for item in told if not item["is_genuine"]} == {last}


def test_lines_without_a_number_hide_none_that_has_one(district: District, engine: str) -> None:
    auditor = district.sign_in(Role.auditor, "D")
    fill(district.house, 3)
    last = len(lines_of(district.house))
    with capture_logs() as logged:
        auditor.get("/v1/audit")
    assert logged == []
    with owning(district.house) as connection:
        take_the_key(connection, engine)
        if engine == "postgresql":
            connection.exec_driver_sql("ALTER TABLE audit_line ALTER seq DROP NOT NULL")
        for number in NO_NUMBERS[engine]:
            names = ", ".join(AuditLine.model_fields)
            others = names.replace("seq", number, 1)
            connection.execute(
                text(f"INSERT INTO audit_line ({names}) SELECT {others} FROM audit_line WHERE seq BETWEEN 1 AND {last}")
            )
    told: list[int] = []
    cursor: str | None = None
    with capture_logs() as logged:
        while not told or cursor:
            page = auditor.get("/v1/audit", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
            told += [item["seq"] for item in page["items"]]
            cursor = page["next_cursor"]
    assert told == [*range(last, 0, -1)]
    assert {line["event"] for line in logged} == {"audit_lines_unnumbered"}


def test_lines_that_no_type_can_be_made_of_are_named_and_keep_nobody_from_reading_the_rest_or_from_working(
    district: District, engine: str
) -> None:
    house, auditor = district.house, district.sign_in(Role.auditor, "D")
    officer = district.sign_in(Role.district_officer, "D")
    last = len(lines_of(house))
    strange = [last + number for number, _ in enumerate(STRANGE[engine], start=1)]
    for seq, said in zip(strange, STRANGE[engine], strict=True):
        change(house, INSERTED.format(seq=seq, said=said, actor="NULL"))
    change(house, INSERTED.format(seq=2**63 - 1, said="'2026-11-27 04:00:00.000000', '{}'", actor="NULL"))
    assert break_of(house) == Break(last + 1, "unreadable")
    read = auditor.get("/v1/audit", params={"limit": 200})
    assert (read.status_code, read.json()["unreadable"]) == (200, [*reversed(strange)])
    genuine = {item["seq"]: item["is_genuine"] for item in read.json()["items"]}
    assert genuine == {2**63 - 1: False} | {seq: True for seq in range(1, last + 1)}, "one is forged, and can be read"
    assert officer.post(f"/v1/organizations/{district.ids['B11']}/close").status_code == 200
    assert break_of(house) == Break(last + 1, "unreadable")
    assert auditor.get("/v1/audit", params={"limit": 2}).json()["items"][-1]["action"] == "close_organization"


def test_whatever_the_end_is_set_to_it_is_told_and_keeps_nobody_from_working(house: House) -> None:
    fill(house, 4)
    for one in HEADS:
        with tampering(house) as work:
            work.connection().execute(text(f"UPDATE audit_head SET {one}"))
            assert verify(work, house.audit_key) == (4, Break(5, "cut_off")), one
            go_on(house, work, 2)
            lines, broken = verify(work, house.audit_key)
            assert (lines, broken and broken.seq) == (4, 5), one
            go_on(house, work, 2)
    assert break_of(house) is None


def test_lines_that_cannot_be_read_keep_nobody_from_a_copy_of_what_is_kept_of_him(
    district: District, house: House, engine: str
) -> None:
    holder = hold(house, district.ids["B11"])
    member = district.sign_in(Role.member, "B11", member_id=holder.member_id)
    officer = district.sign_in(Role.district_officer, "D")
    assert member.get("/v1/privacy/mine").status_code == 200
    said = (*STRANGE[engine], *(f"'{at}', '{{}}'" for at in MOMENTS[engine]))
    keys = [UUID(one.account_id).hex if engine == "sqlite" else one.account_id for one in (member, officer)]
    for seq, (key, one) in enumerate(product(keys, said), start=len(lines_of(house)) + 1):
        change(house, INSERTED.format(seq=seq, said=one, actor=f"'{key}'"))
    own = member.get("/v1/privacy/mine")
    assert own.status_code == 200
    with ZipFile(BytesIO(own.content)) as archive:
        told = json.loads(archive.read("data.json"))["tables"]["audit_line"]
    assert "copy_own_data" in {line["action"] for line in told}
    assert set(AuditLine.model_fields) - {"details", "target_id"} <= told[0].keys()
    asked = officer.post("/v1/privacy/copies", json={"member_id": str(holder.member_id), "reason": "asked_for"})
    assert asked.status_code == 200, asked.text


def change(house: House, statement: str) -> None:
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
