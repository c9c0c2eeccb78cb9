"""An erasure that the storage tells and the database has lost is told, listed all the same, and written down anew."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import col, select, update
from structlog.testing import capture_logs
from typer.testing import CliRunner

from api.cli import app
from api.errors import Unavailable
from api.housekeeping import CHORES, keep_house
from api.privacy import notes
from api.privacy.contradicting import check_members
from api.privacy.notes import FOLDER, TALLIES, Noted, note_erasures, read_list
from api.privacy.rules import ErasuresLost, ListedWithoutStorage, MembersContradicted
from api.settings import Settings
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.member import Member
from tests.accounts.people import enrol
from tests.clock import district_day
from tests.conftest import District
from tests.privacy.exchanged import erase_by_name
from tests.serving import environment

LOSING = {
    "taken away": "DELETE FROM erasure WHERE person_digest = '{digest}'",
    "of somebody else": f"UPDATE erasure SET person_digest = '{'a' * 64}' WHERE person_digest = '{{digest}}'",
    "malformed": "UPDATE erasure SET person_digest = upper(person_digest) WHERE person_digest = '{digest}'",
}
"""The same number stands there but in the first."""


def digests(district: District) -> set[str]:
    with district.work() as work:
        return set(work.exec(select(Erasure.person_digest)).all())


def run(settings: Settings, *words: str) -> Any:
    return CliRunner().invoke(app, words, env=environment(settings))


def checked(district: District) -> tuple[type[Exception] | None, list[int]]:
    """What the night's look raises, and how many erasures the log tells to be lost."""
    house, raised = district.house, None
    with capture_logs() as lines:
        try:
            check_members(house.database, house.storage, house.cipher, house.audit_key, datetime.now(UTC))
        except (ErasuresLost, MembersContradicted) as refusal:
            raised = type(refusal)
    return raised, [line["count"] for line in lines if line["event"] == "erasures_lost"]


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "AT_ONCE", 2)


@pytest.mark.parametrize("how", LOSING)
@pytest.mark.parametrize("is_marked", [True, False])
def test_an_erasure_that_the_database_has_lost_is_told_and_listed_and_written_down_anew(
    district: District, settings: Settings, tmp_path: Path, how: str, is_marked: bool
) -> None:
    house, export = district.house, tmp_path / "erasures.json"
    (gone, *_) = enrol(district, "B11", "陈国华", "周明", "吴海", "孙丽")
    erase_by_name(district, "陈国华")
    (lost,) = digests(district)
    for name in ("周明", "吴海"):
        erase_by_name(district, name)
    every = digests(district)
    assert run(settings, "erasures", "export", str(export)).exit_code == 0
    assert (checked(district), len(every)) == ((None, []), 3)
    with district.work() as work:
        work.execute(text(LOSING[how].format(digest=lost)))
        if not is_marked:
            work.execute(update(Member).where(col(Member.id) == gone).values(erased_on=None))
    audit = run(settings, "audit", "verify")
    assert audit.exit_code == 1
    assert "有 1 条不在数据库中" in audit.output and gone.hex in audit.output.replace("-", "")
    export.unlink()
    told = run(settings, "erasures", "export", str(export))
    assert told.exit_code == 1 and "有 1 条不在数据库中" in told.output
    assert {one.person_digest for one in read_list(house.audit_key, export.read_bytes(), "x").erasures} >= every
    assert checked(district) == (MembersContradicted, [1])
    assert digests(district) >= every
    assert checked(district) == ((None if is_marked else MembersContradicted), [])
    export.unlink()
    assert run(settings, "erasures", "export", str(export)).exit_code == 0
    with capture_logs() as lines:
        note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
    assert not [line for line in lines if line["event"] == "erasures_contradicted"]


def test_erasures_of_nobody_who_is_here_are_told_once(district: District) -> None:
    house, others = district.house, {Noted(f"{number:064x}", district_day(), ErasureGround.asked_for) for number in range(5)}
    for one in others:
        notes._note(house.storage, house.audit_key, one)
    assert checked(district) == (ErasuresLost, [5])
    assert checked(district) == (None, [])
    assert digests(district) == {one.person_digest for one in others}


@pytest.mark.parametrize("name", [f"2026-01-01-{'b' * 64}.json", "2026-01-01.json", "another/houses"])
def test_what_was_not_signed_here_is_told_by_its_name_and_is_no_erasure_that_was_lost(
    district: District, settings: Settings, tmp_path: Path, name: str
) -> None:
    house, export, other = district.house, tmp_path / "erasures.json", f"{FOLDER}/{name}"
    enrol(district, "B11", "陈国华")
    erase_by_name(district, "陈国华")
    raw = notes._signed(b"of another", notes.NOTE, erasures=[["b" * 64, "2026-01-01", "asked_for"]])
    house.storage.put(other, BytesIO(raw), "application/json")
    with capture_logs() as lines:
        assert keep_house(house, {"members_checked": CHORES["members_checked"]}) == {"members_checked": 0}
        assert note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC)) == 0
    assert [line["objects"] for line in lines if line["log_level"] == "error"] == [[other]]
    audit = run(settings, "audit", "verify")
    assert audit.exit_code == 1 and other in audit.output and "数据库" not in audit.output
    assert run(settings, "erasures", "export", str(export)).exit_code == 0
    assert {one.person_digest for one in read_list(house.audit_key, export.read_bytes(), "x").erasures} == digests(district)


@pytest.mark.parametrize("way", ["objects", "open"])
def test_while_the_storage_is_away_the_list_has_what_the_database_tells(
    district: District, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    enrol(district, "B11", "陈国华", "周明")
    for name in ("陈国华", "周明"):
        erase_by_name(district, name)
    known = digests(district)
    if way == "open":
        with district.work() as work:
            work.exec(text(LOSING["taken away"].format(digest=min(known))))

    def away(*_: Any) -> Any:
        raise Unavailable(retry_after=1)

    monkeypatch.setattr(type(district.house.storage), way, away)
    file = tmp_path / "erasures.json"
    ended = run(settings, "erasures", "export", str(file))
    assert ended.exit_code == 1 and ListedWithoutStorage.text.zh in ended.output
    told = read_list(district.house.audit_key, file.read_bytes(), str(file))
    assert {one.person_digest for one in told.erasures} == digests(district)


def test_all_that_is_written_down_is_gone_through_once(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many erasures there are, and not looked for one by one."""
    house, seen = district.house, list[str]()
    enrol(district, "B11", "陈国华", "周明", "吴海", "孙丽")
    for name in ("陈国华", "周明", "吴海", "孙丽"):
        erase_by_name(district, name)
    opened, opens = list[str](), type(house.storage).open

    def noting(storage: Any, key: str) -> Any:
        opened.append(key)
        return opens(storage, key)

    monkeypatch.setattr(type(house.storage), "open", noting)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM erasure" in statement:
            seen.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    try:
        notes.export_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
        assert len(seen) == 1
        seen.clear()
        note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
        assert len(seen) == 2
    finally:
        event.remove(house.database.engine, "before_cursor_execute", note)
    assert not [key for key in opened if not key.startswith(TALLIES)]
