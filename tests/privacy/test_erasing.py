"""What is kept of somebody erased: nothing is found of him afterwards, and what others refer to stays."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, func, select, update

from api import logs
from api.audit.service import verify
from api.database import Origin
from api.errors import Unavailable
from api.files.sweep import sweep_files
from api.privacy import notes, routes
from api.privacy.erasing import ORDER
from api.privacy.notes import (
    FOLDER,
    TALLIES,
    EarlierForm,
    Known,
    Noted,
    NotTheList,
    note_erasures,
    noted_in,
    read_list,
)
from api.privacy.paths import FILES, of_persons
from api.privacy.replay import note_all_anew
from models.account import Account
from models.audit import AuditLine
from models.enums import MemberStatus, PledgeCategory, PledgeKind, PledgeState, PledgeVisibility, Role
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.member import Member
from models.pledge import Pledge
from models.publication import Publication
from tests.accounts.people import enrol
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pledges.kept import somebody
from tests.privacy.everything import CANARY, Everything, every_byte
from tests.privacy.gone import list_of_erasures


def erase(caller: Caller, member_id: Any, ground: str = "asked_for") -> Any:
    return caller.post("/v1/privacy/erasures", json={"member_id": str(member_id), "ground": ground})


@pytest.mark.parametrize("is_marked", (False, True))
def test_nothing_is_found_of_somebody_who_was_erased(
    district: District, everything: Everything, is_marked: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also of whom his row says that he was, and nobody has erased him."""
    logs.configure("ERROR")
    house, officer = district.house, district.sign_in(Role.district_officer, "D")
    if is_marked:
        with district.work() as work:
            work.execute(update(Member).where(col(Member.id) == everything.keys["member"]).values(erased_on=date(2020, 1, 1)))
    with district.work() as work:
        lines = [{"id": str(everything.keys["pledge"]), "content": f"{CANARY}公示"}, {"id": "another", "content": "留下"}]
        quarter: dict[str, Any] = {"quarter": "1-Q1", "published_at": work.at, "published_by": everything.keys["account"]}
        work.add(Publication(organization_id=district.ids["B12"], lines=lines, **quarter))
    if not house.database.is_sqlite:
        # As PostgreSQL does by itself once much has changed. A column is told of that has several values.
        enrol(district, "B11", "李爱珍", "王秀兰")
        house.database.let_go_of_what_was()
        assert any(text.startswith(b"{") and CANARY.encode() in text for text in every_byte(house)), "its statistics tell of him"
    assert CANARY.encode() in b"".join(every_byte(house))
    answer = erase(officer, everything.keys["member"])
    assert answer.status_code == 200, answer.text
    shown = officer.get(f"/v1/members/{everything.keys['member']}").json()
    (listed,) = officer.get("/v1/members", params={"q": "已删除", "status": "left"}).json()["items"]
    assert (shown["full_name"], shown["joined_on"], shown["birth_date"], listed["joined_on"]) == ("已删除", None, None, None)
    rows = answer.json()["rows"]
    assert rows["stored_file"] == 4 and rows["member"] == rows["pledge"] == rows["membership_event"] == 1
    sweep_files(house.database, house.storage, datetime.now(UTC) + timedelta(days=2))
    house.database.let_go_of_what_was()
    left = [part for part in every_byte(house) if CANARY.encode() in part]
    assert not left, left[0][:2000]
    with district.work() as work:
        account = work.get_one(Account, everything.keys["account"])
        assert work.get_one(Member, everything.keys["member"]).erased_on == work.today
        assert account.username == f"已删除-{account.id.hex if house.database.is_sqlite else account.id}"
        assert [line["content"] for line in work.exec(select(Publication)).one().lines] == ["留下"]
        assert work.exec(select(func.count()).select_from(Pledge)).one() == 1
        assert verify(work, house.audit_key)[1] is None
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "erase_data")).all()
        assert (line.target_id, line.details["ground"]) == (everything.keys["member"], "asked_for")
        assert work.exec(select(Erasure)).one().erased_on == work.today
    assert ("erasure_unfounded" in capfd.readouterr().err) == is_marked
    again = erase(officer, everything.keys["member"])
    assert (again.status_code, again.json()) == (200, {"erased_on": district_day().isoformat(), "rows": {}})


def test_whoever_has_made_thousands_of_pledges_is_erased_like_anybody_else(district: District) -> None:
    (one,) = enrol(district, "B11", "陈国华", status=MemberStatus.left)
    account_id = somebody(district)
    with district.work() as work:
        values: dict[str, Any] = {
            **{"kind": PledgeKind.instant, "category": PledgeCategory.service, "content": "-", "measure": "-"},
            **{"visibility": PledgeVisibility.public, "state": PledgeState.published, "published_at": work.at, "text_no": 1},
            **{"organization_id": district.ids["B11"], "member_id": one, "entered_by": account_id},
        }
        pledges = [Pledge(**values, year=year, due_on=date(year, 12, 20)) for year in (2025, 2026) for _ in range(1100)]
        work.add_all(pledges)
        work.flush()
        quarter: dict[str, Any] = {"organization_id": district.ids["B12"], "published_at": work.at, "published_by": account_id}
        for number, pledge in enumerate((pledges[0], pledges[1099], pledges[1100], pledges[-1])):
            lines = [{"id": str(pledge.id)}, {"id": "another"}]
            work.add(Publication(quarter=f"{pledge.year}-Q{1 + number % 4}", lines=lines, **quarter))
    answer = erase(district.sign_in(Role.town_officer, "T1"), one)
    assert answer.status_code == 200, answer.text
    with district.work() as work:
        assert [row.lines for row in work.exec(select(Publication)).all()] == [[{"id": "another"}]] * 4


def test_whatever_somebody_has_written_into_what_was_made_public_keeps_nobody_from_being_erased(
    district: District, engine: str
) -> None:
    (one,) = enrol(district, "B11", "陈国华", status=MemberStatus.left)
    account_id = somebody(district)
    with district.work() as work:
        values: dict[str, Any] = {
            **{"kind": PledgeKind.instant, "category": PledgeCategory.service, "content": "-", "measure": "-", "year": 2026},
            **{"visibility": PledgeVisibility.public, "state": PledgeState.published, "published_at": work.at, "text_no": 1},
            **{"organization_id": district.ids["B11"], "member_id": one, "entered_by": account_id, "due_on": date(2026, 12, 20)},
        }
        pledge = Pledge(**values)
        work.add(pledge)
        work.flush()
        quarter: dict[str, Any] = {"organization_id": district.ids["B12"], "published_at": work.at, "published_by": account_id}
        mine: Any = {"id": str(pledge.id)}
        told: tuple[Any, ...] = (
            *([mine, {"id": "another"}], [{"key": mine["id"]}, {"id": "another"}], [[mine], "another"]),
            *(mine, mine["id"], [{"id": "another"}, {**mine, "deep": [0]}]),
        )
        for number, lines in enumerate(told):
            work.add(Publication(quarter=f"2026-{number}", lines=lines, **quarter))
        work.flush()
        deep = "[" * 100_000 + f'"{pledge.id}"' + "]" * 100_000
        spoilt = (
            ("id = '!'", "published_at = 'x'", "version = 'x'", f"lines = '{deep}'", "lines = CAST('{' || lines AS BLOB)")
            if engine == "sqlite"
            else ("published_at = '-infinity'",)
        )
        for number, what in enumerate(spoilt):
            work.connection().exec_driver_sql(f"UPDATE publication SET {what} WHERE quarter = '2026-{number}'")
    answer = erase(district.sign_in(Role.town_officer, "T1"), one)
    assert answer.status_code == 200, answer.text
    with district.work() as work:
        left = work.connection().exec_driver_sql("SELECT lines FROM publication ORDER BY quarter").scalars().all()
        assert not any(str(pledge.id) in str(lines) for lines in left)
        assert [str(lines).count("another") for lines in left] == [1, 1, 1, 0, 0, 1]


def test_an_erasure_is_noted_in_the_storage_by_a_digest_and_a_day(district: District) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    (one,) = enrol(district, "B11", "陈国华", status=MemberStatus.left)
    assert erase(officer, one).status_code == 200
    with district.work() as work:
        (erasure,) = work.exec(select(Erasure)).all()
        assert erasure.noted_at is not None
        known = noted_in(district.house.storage, district.house.audit_key)
        (noted,) = known.erasures
        assert (known.as_of, known.wanted) == (erasure.noted_at, 1)
        assert (noted.person_digest, noted.erased_on) == (erasure.person_digest, work.today)
    (key,) = [item.key for item in district.house.storage.objects(FOLDER) if not item.key.startswith(TALLIES)]
    with district.house.storage.open(key) as source:
        raw = source.read()
    assert str(one).encode() not in raw and "陈国华".encode() not in raw
    with pytest.raises(EarlierForm):
        read_list(district.house.audit_key, raw, key)
    deep = b"[" * 1_000_000
    for altered in (raw.replace(b"asked_for", b"unlawful!"), b"", b"[]", b"\xff", deep, b'{"erasures":' + deep):
        with pytest.raises(NotTheList):
            read_list(district.house.audit_key, altered, key)


@pytest.mark.engine("sqlite")
def test_each_table_about_a_person_has_its_turn_when_he_is_erased() -> None:
    """Its rows are held in the order in which all others hold them."""
    assert sorted(ORDER) == sorted(table.name for table in (FILES, *of_persons()))


def test_who_still_is_a_member_is_not_erased_and_who_was_does_not_come_back(district: District) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    (one,) = enrol(district, "B11", "陈国华")
    refused(erase(officer, one), 409, "still_member")
    left = officer.post(f"/v1/members/{one}/leave", json={"kind": "withdrew", "reason": "本人申请退党"})
    assert left.status_code == 200
    assert erase(officer, one).json()["rows"]["member"] == 1
    assert erase(officer, one).json()["rows"] == {}
    back = {"status": "full", "reason": "误标记为离开"}
    refused(officer.post(f"/v1/members/{one}/restore", json=back), 409, "member_erased")
    refused(officer.patch(f"/v1/members/{one}", json={"full_name": "陈国华"}, headers={"If-Match": "*"}), 409, "member_has_left")


def test_a_storage_that_is_away_is_told_later(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, house = district.sign_in(Role.town_officer, "T1"), district.house
    (one,) = enrol(district, "B11", "陈国华", status=MemberStatus.left)

    def away(*_: Any) -> None:
        raise Unavailable(retry_after=1)

    with monkeypatch.context() as broken:
        broken.setattr(type(house.storage), "put", away)
        assert erase(officer, one).status_code == 200
    assert noted_in(house.storage, house.audit_key) == Known(frozenset(), None)
    assert note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC)) == 1
    assert len(noted_in(house.storage, house.audit_key).erasures) == 1


def test_the_storage_never_counts_fewer_erasures_than_before(district: District, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("ERROR")
    officer, house = district.sign_in(Role.town_officer, "T1"), district.house
    people = enrol(district, "B11", "陈国华", "周建平", status=MemberStatus.left)
    assert [erase(officer, one).status_code for one in people] == [200, 200]
    with district.work() as work:
        work.delete(work.exec(select(Erasure)).first())
    assert "erasures_contradicted" not in capfd.readouterr().err
    later = datetime.now(UTC)
    note_erasures(house.database, house.storage, house.audit_key, later)
    known = noted_in(house.storage, house.audit_key)
    assert (known.as_of, known.wanted) == (later, 2) and len(known.erasures) == 2
    assert "erasures_contradicted" in capfd.readouterr().err


def test_a_name_that_somebody_has_taken_before_keeps_no_other_from_being_taken_away_nor_an_erasure_from_being_noted(
    district: District,
) -> None:
    officer, house = district.sign_in(Role.town_officer, "T1"), district.house
    people = enrol(district, "B11", "陈国华", "周建平", status=MemberStatus.left)
    names, bearer = [district.account(Role.member, "B11", member_id=one) for one in people], district.account(Role.member, "B12")
    with district.work() as work:
        first, second = (work.exec(select(Account).where(col(Account.username) == name)).one().id for name in names)
        taken = f"已删除-{min(first, second).hex if house.database.is_sqlite else min(first, second)}"
        work.execute(update(Account).where(col(Account.username) == bearer).values(username=taken))
    assert [erase(officer, one).status_code for one in people] == [200, 200]
    with district.work() as work:
        left = set(work.exec(select(Account.username).where(col(Account.id).in_([first, second]))).all())
    assert len(left & set(names)) == 1 and len(noted_in(house.storage, house.audit_key).erasures) == 2


def test_whatever_the_storage_counts_lies_there_whoever_has_written_into_the_database(
    district: District, capfd: pytest.CaptureFixture[str]
) -> None:
    """Rows that never were, counted and taken away again, would be missed by every restoration to come."""
    logs.configure("ERROR")
    officer, house = district.sign_in(Role.town_officer, "T1"), district.house
    people = enrol(district, "B11", "陈国华", "周建平", status=MemberStatus.left)
    assert erase(officer, people[0]).status_code == 200
    lying = [item.key for item in house.storage.objects(FOLDER) if not item.key.startswith(TALLIES)]
    assert "erasures_not_there" not in capfd.readouterr().err
    for key in lying:
        house.storage.delete(key)
    strange = [f"{FOLDER}/2026-01-01-{number}{'0' * 63}.json" for number in range(9)]
    for key in strange:
        house.storage.put(key, io.BytesIO(b"{}"), "application/json")
    note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
    for key in strange:
        house.storage.delete(key)
    forged = [Erasure(person_digest=one, erased_on=district_day(), ground=ErasureGround.asked_for) for one in ("1" * 64, "../é")]
    with district.work() as work:
        for one in forged:
            one.noted_at = work.at
            work.add(one)
    note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
    told = capfd.readouterr().err
    assert "erasures_not_there" in told and "erasure_malformed" in told
    with district.work() as work:
        for one in work.exec(select(Erasure)).all():
            if one.person_digest in ("1" * 64, "../é"):
                work.delete(one)
    assert erase(officer, people[1]).status_code == 200
    known = noted_in(house.storage, house.audit_key)
    assert {key.rpartition("-")[2][:64] for key in lying} < {one.person_digest for one in known.erasures}
    assert known.wanted == 2 <= len(known.erasures)


WRITTEN_BY_OTHERS = {
    "postgresql": ("erased_on = '10001-01-01'", "erased_on = 'infinity'", "erased_on = '0044-03-15 BC'", "person_digest = 'é'"),
    "sqlite": (
        "erased_on = '20260101'",
        "erased_on = x'ff'",
        "person_digest = CAST(x'ff61' AS TEXT)",
        "ground = 'é'",
        "id = x'ff'",
    ),
}
"""What the serving role may put into the row of an erasure, and on SQLite whoever writes the file."""


@pytest.mark.parametrize("is_noted", (False, True))
def test_an_erasure_that_cannot_be_read_is_told_and_keeps_no_other_from_being_noted_or_listed(
    district: District, engine: str, is_noted: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    officer, house, kinds = district.sign_in(Role.town_officer, "T1"), district.house, WRITTEN_BY_OTHERS[engine]
    names = ("陈国华", "周建平", "吴海", "孙丽", "郑明", "王芳")[: len(kinds) + 1]
    people = enrol(district, "B11", *names, status=MemberStatus.left)
    assert [erase(officer, one).status_code for one in people[:-1]] == [200] * len(kinds)
    with district.work() as work:
        written = sorted(work.exec(select(Erasure.person_digest)).all())
        if engine == "sqlite":
            work.execute(text("PRAGMA ignore_check_constraints = ON"))
        for kind, digest in zip(kinds, written, strict=True):
            unnoted = "" if is_noted else ", noted_at = NULL"
            work.execute(text(f"UPDATE erasure SET {kind}{unnoted} WHERE person_digest = '{digest}'"))
    assert erase(officer, people[-1]).status_code == 200
    lying = [item.key for item in house.storage.objects(FOLDER) if not item.key.startswith(TALLIES)]
    for key in lying:
        house.storage.delete(key)
    note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
    listed = read_list(house.audit_key, list_of_erasures(house), "list")
    # A key that is none stands in no list.
    readable = {key.rpartition("-")[2][:64] for key in lying} - set(written if engine == "postgresql" else written[:-1])
    told = {one.person_digest for one in listed.erasures}
    assert len(readable) == len(told) == (1 if engine == "postgresql" else 2) and readable == told
    known = noted_in(house.storage, house.audit_key)
    assert readable == {one.person_digest for one in known.erasures}
    with district.work() as work:
        assert not work.execute(text("SELECT 1 FROM erasure WHERE noted_at IS NULL")).all()
    assert "erasure_malformed" in capfd.readouterr().err
    assert {erase(officer, one).status_code for one in people} == {200}
    listed = read_list(house.audit_key, list_of_erasures(house), "list")
    assert set(written) < {one.person_digest for one in listed.erasures}, "each is written down anew"


def test_what_else_cannot_be_done_behind_an_erasure_is_left_to_the_housekeeping(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError

    officer = district.sign_in(Role.town_officer, "T1")
    (one,) = enrol(district, "B11", "陈国华", status=MemberStatus.left)
    with monkeypatch.context() as patched:
        patched.setattr(routes, "forget_names", broken)
        patched.setattr(notes, "note_erasures", broken)
        assert erase(officer, one).status_code == 200
    with district.work() as work:
        assert work.exec(select(Erasure.noted_at)).all() == [None]


def test_of_two_tallies_at_one_time_neither_contradicts_the_other_nor_takes_it_away(
    district: District, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, house = district.sign_in(Role.town_officer, "T1"), district.house
    one, other = enrol(district, "B11", "陈国华", "周建平", status=MemberStatus.left)
    assert erase(officer, one).status_code == 200
    logs.configure("ERROR")
    later, put, begun = datetime.now(UTC) + timedelta(seconds=2), type(house.storage).put, list[str]()

    def beside(storage: Any, key: str, *content: Any) -> None:
        if not begun:
            begun.append(key)
            assert erase(officer, other).status_code == 200
        put(storage, key, *content)

    with monkeypatch.context() as patched:
        patched.setattr(type(house.storage), "put", beside)
        note_erasures(house.database, house.storage, house.audit_key, later)
    known = noted_in(house.storage, house.audit_key)
    assert (known.as_of, known.wanted, len(known.erasures)) == (later, 2, 2)
    note_erasures(house.database, house.storage, house.audit_key, later + timedelta(hours=1))
    assert len([item for item in house.storage.objects(TALLIES)]) == 1
    assert noted_in(house.storage, house.audit_key).wanted == 2
    assert "erasures_contradicted" not in capfd.readouterr().err


def test_no_answer_that_may_tell_of_somebody_is_given_anew_once_he_is_erased(district: District) -> None:
    """And nothing is done a second time for it. Nor is one about others: it may name him as who has asked for it."""
    officer, elsewhere = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.town_officer, "T2")
    (one,), (other,) = enrol(district, "B11", "陈国华"), enrol(district, "B21", "李爱珍")
    key = {"Idempotency-Key": "once"}
    leaving = {"kind": "withdrew", "reason": "本人申请退党"}

    def leave(caller: Caller = officer, member_id: Any = one) -> Any:
        return caller.post(f"/v1/members/{member_id}/leave", json=leaving, headers=key)

    def take() -> Any:
        asked = {"member_id": str(one), "reason": "asked_for"}
        return officer.post("/v1/privacy/copies", json=asked, headers=key)

    assert "陈国华" in leave().text and leave().headers["Idempotent-Replayed"] == "true"
    assert leave(elsewhere, other).status_code == 200
    assert [(answer.status_code, "Idempotent-Replayed" in answer.headers) for answer in (take(), take())] == [(200, False)] * 2
    assert erase(officer, one).status_code == 200
    refused(leave(), 403, "answer_not_shown")
    refused(leave(elsewhere, other), 403, "answer_not_shown")
    told = zipfile.ZipFile(io.BytesIO(take().content)).read("data.txt").decode()
    assert "陈国华" not in told
    with district.work() as work:
        actions = work.exec(select(AuditLine.action).where(col(AuditLine.target_id) == one)).all()
        assert actions.count("leave_member") == 1
        assert actions.count("copy_data") == 3


@pytest.mark.parametrize(("table", "deed"), (("member", "UPDATE OF full_name"), ("erasure", "INSERT")))
def test_an_erasure_that_the_database_only_seems_to_do_is_not_believed(
    district: District, everything: Everything, table: str, deed: str
) -> None:
    house, officer, member = district.house, district.sign_in(Role.district_officer, "D"), everything.keys["member"]
    body = "BEGIN SELECT RAISE(IGNORE); END" if house.database.is_sqlite else "FOR EACH ROW EXECUTE FUNCTION swallow()"
    with district.work() as work:
        if not house.database.is_sqlite:
            function = "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
            work.connection().exec_driver_sql(function)
        work.connection().exec_driver_sql(f"CREATE TRIGGER swallowing BEFORE {deed} ON {table} {body}")
    assert erase(officer, member).status_code == 500
    with district.work() as work:
        work.connection().exec_driver_sql("DROP TRIGGER swallowing" + ("" if house.database.is_sqlite else f" ON {table}"))
    with house.database.reading(Origin("test")) as work:
        assert work.exec(select(col(Member.erased_on)).where(col(Member.id) == member)).one() is None
        assert CANARY in work.exec(select(Member.full_name).where(col(Member.id) == member)).one()
    answer = erase(officer, member)
    assert (answer.status_code, answer.json()["rows"]["member"]) == (200, 1)


READ_OTHERWISE = {
    "postgresql": tuple(
        (f"ALTER TABLE erasure ALTER erased_on TYPE {kind}", "ALTER TABLE erasure ALTER erased_on TYPE date")
        for kind in ("timestamptz", "timestamp")
    ),
    "sqlite": tuple(
        (f"CREATE TRIGGER mine AFTER INSERT ON erasure BEGIN UPDATE erasure SET {what}; END", "DROP TRIGGER mine")
        for what in ("erased_on = erased_on || ' 00:00:00'", "erased_on = '2020-01-01'", "ground = 'kept_long_enough'")
    ),
}
"""By what an erasure that is written down is read as another one, or as none, and how that is undone."""


def test_an_erasure_that_no_list_would_tell_as_it_was_written_is_not_done(
    district: District, everything: Everything, engine: str
) -> None:
    house, officer, member = district.house, district.sign_in(Role.district_officer, "D"), everything.keys["member"]
    for done, undone in READ_OTHERWISE[engine]:
        with house.database.engine.begin() as connection:
            connection.exec_driver_sql(done)
        assert erase(officer, member).status_code == 500, done
        with house.database.engine.begin() as connection:
            connection.exec_driver_sql(undone)
    with house.database.reading(Origin("test")) as work:
        assert CANARY in work.exec(select(Member.full_name).where(col(Member.id) == member)).one()
        assert not work.exec(select(Erasure)).all()
    assert erase(officer, member).status_code == 200


def test_a_restoration_writes_down_what_it_knows_in_place_of_what_tells_nothing(district: District, engine: str) -> None:
    house, known = district.house, Noted("0" * 64, district_day(), ErasureGround.asked_for)
    with district.work() as work:
        work.add(Erasure(person_digest=known.person_digest, erased_on=known.erased_on, ground=known.ground))
        work.flush()
        work.execute(text(f"UPDATE erasure SET {WRITTEN_BY_OTHERS[engine][1]}"))
        if engine == "postgresql":
            work.execute(text("ALTER TABLE erasure ALTER person_digest TYPE character(80)"))
    for _ in range(2):
        note_all_anew(house.database, [known], datetime.now(UTC))
    assert read_list(house.audit_key, list_of_erasures(house), "list").erasures == {known}
