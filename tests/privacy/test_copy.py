"""A copy of what is kept of a person: all of it, and nothing of others."""

import io
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from threading import Barrier
from typing import Any, BinaryIO
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlmodel import col, select

from api.app import create_app
from api.database import Origin
from api.pledges.evaluations.rules import FEWEST_PEERS
from api.privacy import export, queries, routes, rules, words
from api.privacy.columns import COLUMNS, ELSEWHERE
from api.privacy.export import is_told
from api.privacy.paths import FILES, becomes, marked, of_anybody, of_persons
from api.privacy.words import TABLES
from api.settings import Settings
from api.turns import Turns
from api.web import protocol
from api.web.shares import Shares
from models import metadata
from models.appraisal import Appraisal
from models.audit import AuditLine
from models.base import Personal, Withheld
from models.enums import EvaluationSource, Grade, Role
from models.file import StoredFile
from models.organization import Organization
from tests.accounts.people import enrol
from tests.conftest import District
from tests.outcomes import refused
from tests.pledges.kept import keep_grade, keep_pledge
from tests.privacy.everything import Everything
from tests.serving import serving

WITHHELD = {
    *(
        "account.password_hash",
        "account.one_time_digest",
        "complaint",
        "appraisal_peer",
        "idempotent_request",
        "refresh_token",
        "second_factor",
    ),
    *("slip_request.half_sealed", "known_device", "member.national_id_digest", "member.mobile_digest"),
    *("evaluation", "evaluation.words_sealed", "evaluation.by_digest", "evaluation.network_digest", "refusal_count.place"),
}
"""What a person is not given; each for a reason that the copy tells."""
TALLY_PARTS = {"pledge_id", "masses", "peers", "self", "organization"}
"""What is told of a pledge's evaluations, which no table holds like this."""


def opened(answer: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip"), answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(parts.pop("data.json")), parts


def test_a_copy_that_is_taken_slowly_and_steadily_does_not_lie_in_the_temporary_folder_for_long(
    settings: Settings, district: District, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed: BinaryIO = TemporaryFile()  # noqa: SIM115 - the server closes it
    packed.truncate(16 << 20)
    monkeypatch.setattr(export, "pack", lambda *_: packed)
    monkeypatch.setattr(protocol, "LONGEST_TAKING_SECONDS", 2.0)
    officer = district.sign_in(Role.district_officer, "D")
    asked = {"member_id": str(everything.keys["member"]), "reason": "asked_for"}
    with serving(lambda _: create_app(settings)) as (_, url):
        began = time.monotonic()
        with httpx.stream("POST", f"{url}/v1/privacy/copies", json=asked, headers=officer.headers, timeout=30) as answer:
            assert answer.status_code == 200
            with suppress(httpx.HTTPError):
                for _ in answer.iter_raw(1 << 17):
                    time.sleep(0.1)
        assert time.monotonic() < began + 12, "all of it takes thirteen seconds"
        while not packed.closed and time.monotonic() < began + 30:
            time.sleep(0.05)
        assert packed.closed


def _names(district: District, *codes: str) -> tuple[str, ...]:
    with district.work() as work:
        return tuple(work.get_one(Organization, district.ids[code]).name for code in codes)


def test_every_personal_column_of_a_person_is_told_or_withheld_for_a_reason(district: District, everything: Everything) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    asked = {"member_id": str(everything.keys["member"]), "reason": "asked_for"}
    told, parts = opened(officer.post("/v1/privacy/copies", json=asked))
    assert set(told["withheld"]) == WITHHELD
    assert all(zh in parts["data.txt"].decode() and en.isascii() for zh, en in told["withheld"].values())
    text = json.dumps(told["tables"], ensure_ascii=False)
    for place, word in everything.words.items():
        table, _, column = place.partition(".")
        if place.startswith("object of"):
            assert word.encode() in parts.values(), place
        elif table in WITHHELD or place in WITHHELD:
            assert word not in text, place
        else:
            assert any(word in str(row[column]) for row in told["tables"][table]), place
            assert word in parts["data.txt"].decode(), place
            assert f"  {told['names']['columns'][table][column][0]}: " in parts["data.txt"].decode(), place
    (transfer,) = told["tables"]["transfer"]
    assert (transfer["organization_name"], transfer["to_organization_name"]) == _names(district, "B11", "B12")
    personal = [one for table in of_persons() for one in table.columns if one.info["personal"] is not Personal.none]
    for one in personal:
        assert is_told(one) or {one.table.name, str(one)} & WITHHELD, one
    with district.work() as work:
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "copy_data")).all()
    assert (line.target_id, line.details["reason"], line.details["files"]) == (everything.keys["member"], "asked_for", 4)


def test_a_member_takes_a_copy_of_his_own_in_which_nobody_else_stands(district: District) -> None:
    mine, other = enrol(district, "B11", "陈国华", "李爱珍")
    caller = district.sign_in(Role.member, "B11", member_id=mine)
    told, parts = opened(caller.get("/v1/privacy/mine"))
    assert [row["full_name"] for row in told["tables"]["member"]] == ["陈国华"]
    assert told["tables"]["account"][0]["username"] == caller.username
    whole = json.dumps(told, ensure_ascii=False) + parts["data.txt"].decode()
    assert "李爱珍" not in whole and str(other) not in whole
    again, _ = opened(caller.get("/v1/privacy/mine"))
    assert "copy_own_data" in [row["action"] for row in again["tables"]["audit_line"]]


def test_what_others_make_of_him_in_an_open_round_he_reads_once_it_is_closed(district: District, everything: Everything) -> None:
    officer, comment = district.sign_in(Role.district_officer, "D"), everything.words["appraisal_item.comment"]
    asked = {"member_id": str(everything.keys["member"]), "reason": "authority"}
    for open_again in (False, True):
        if open_again:
            with district.work() as work:
                work.get_one(Appraisal, everything.keys["appraisal"]).sqlmodel_update(
                    {"state": "open", "closed_at": None, "closed_by": None}
                )
        told, _ = opened(officer.post("/v1/privacy/copies", json=asked))
        (item,) = told["tables"]["appraisal_item"]
        assert (item["comment"], item["grade"] is None) == (None if open_again else comment, open_again)
        assert item["self_words"] == everything.words["appraisal_item.self_words"]


def test_what_others_make_of_his_pledges_is_told_as_it_is_beside_them(district: District) -> None:
    """Of peers nothing as long as they are few, and of no single one of them, nor of the masses, what he has said."""
    (mine,) = enrol(district, "B11", "陈国华")
    caller = district.sign_in(Role.member, "B11", member_id=mine)
    pledge_id = keep_pledge(district, "B11", mine)
    keep_grade(district, pledge_id, Grade.satisfied, EvaluationSource.self)
    keep_grade(district, pledge_id, Grade.average, EvaluationSource.organization)
    keep_grade(district, pledge_id, Grade.dissatisfied)
    for _ in range(FEWEST_PEERS):
        keep_grade(district, pledge_id, Grade.dissatisfied, EvaluationSource.peers)
        told, _ = opened(caller.get("/v1/privacy/mine"))
        assert [row["source"] for row in told["tables"]["evaluation"]] == ["self", "organization"]
        (tally,) = told["tables"]["evaluation_tally"]
        beside = caller.get(f"/v1/pledges/{pledge_id}").json()["tally"]
        assert tally == {"pledge_id": str(pledge_id)} | {name: told for name, told in beside.items() if name != "comments"}
    assert tally["peers"]["dissatisfied"] == FEWEST_PEERS


def test_each_column_that_is_told_or_withheld_is_called_by_a_word(district: District) -> None:
    named = [(one.table, one) for table in (*of_persons(), FILES) for one in table.columns if is_told(one) or one.info["withheld"]]
    for table, one in named:
        is_given = (column := marked(table)) is None or not column.info["withheld"] or column.info["told"] is not None
        assert table.name in TABLES and (not is_given or one.name in COLUMNS), f"{one}: api/privacy/words.py, columns.py"
    names = {one.name for _, one in named} | {str(one) for _, one in named}
    assert not {name for name in COLUMNS.keys() - names if not name.endswith("_name")} - TALLY_PARTS and ELSEWHERE.keys() <= names
    (mine,) = enrol(district, "B11", "陈国华")
    caller = district.sign_in(Role.member, "B11", member_id=mine)
    for language, word, other in (("zh", "姓名: 陈国华", "name: "), ("en", "name: 陈国华", "姓名")):
        told, parts = opened(caller.get("/v1/privacy/mine", headers={"Accept-Language": language}))
        assert f"  {word}\n" in parts["data.txt"].decode() and f"  {other}" not in parts["data.txt"].decode()
        assert (
            told["names"]["columns"]["member"]["full_name"] == ["姓名", "name"]
            and told["tables"]["member"][0]["full_name"] == "陈国华"
        )


def test_rows_in_which_a_single_other_person_judges_a_member_are_withheld() -> None:
    """Whatever knows its author by a digest alone, so that nobody learns who he is, would be told apart by when it was written."""
    for table in of_persons():
        if "by_digest" in table.columns:
            column = marked(table)
            assert column is not None and column.info["withheld"], table.name


def test_no_file_is_told_that_hangs_on_what_is_withheld(district: District, everything: Everything) -> None:
    with district.work() as work:
        file = work.exec(select(StoredFile).where(col(StoredFile.attached_kind) == "pledge_progress")).one()
        file.attached_kind, file.attached_id = "complaint", everything.keys["complaint"]
    officer = district.sign_in(Role.district_officer, "D")
    asked = {"member_id": str(everything.keys["member"]), "reason": "asked_for"}
    told, parts = opened(officer.post("/v1/privacy/copies", json=asked))
    assert everything.words["object of pledge_progress"].encode() not in parts.values()
    assert len(told["tables"]["stored_file"]) == 3
    erased = officer.post("/v1/privacy/erasures", json={"member_id": str(everything.keys["member"]), "ground": "asked_for"})
    assert erased.json()["rows"]["stored_file"] == 4


def test_an_account_takes_so_many_copies_a_day_of_whomever(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    one, other = enrol(district, "B11", "陈国华", "李爱珍")
    monkeypatch.setattr(rules, "MOST_COPIES", 2)
    for key in (one, other):
        opened(officer.post("/v1/privacy/copies", json={"member_id": str(key), "reason": "asked_for"}))
    answer = officer.post("/v1/privacy/copies", json={"member_id": str(one), "reason": "asked_for"})
    refused(answer, 429, "too_many_copies")
    assert 86_000 < int(answer.headers["Retry-After"]) <= 86_400
    caller = district.sign_in(Role.member, "B11", member_id=one)
    assert [caller.get("/v1/privacy/mine").status_code for _ in range(3)] == [200, 200, 429]


def test_copies_that_are_packed_at_the_same_moment_are_counted_one_after_another(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    (one,) = enrol(district, "B11", "陈国华")
    monkeypatch.setattr(rules, "MOST_COPIES", 1)
    monkeypatch.setattr(routes, "_turns", Turns(2))
    # As two processes would, of which neither knows what the other has in hand.
    monkeypatch.setattr(Shares, "check", lambda *_: None)
    both, pack = Barrier(2, timeout=30), export.pack

    def pack_together(*arguments: Any) -> Any:
        both.wait()
        return pack(*arguments)

    monkeypatch.setattr(export, "pack", pack_together)
    asked = {"member_id": str(one), "reason": "asked_for"}
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: officer.post("/v1/privacy/copies", json=asked), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 429]


def test_copies_are_made_one_after_another_and_end_while_the_storage_is_slow(
    district: District, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    asked = {"member_id": str(everything.keys["member"]), "reason": "asked_for"}
    monkeypatch.setattr(routes, "WAIT_SECONDS", 0.0)
    with routes._turns.take(0, 0):
        busy = officer.post("/v1/privacy/copies", json=asked)
    monkeypatch.setattr(export, "MOST_SECONDS", -1.0)
    for answer in (busy, officer.post("/v1/privacy/copies", json=asked)):
        refused(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0


def test_more_pictures_than_a_copy_holds_are_left_out_by_name(
    district: District, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    asked = {"member_id": str(everything.keys["member"]), "reason": "asked_for"}
    with district.work() as work:
        files = work.exec(select(StoredFile).order_by(col(StoredFile.id))).all()
        monkeypatch.setattr(export, "MOST_BYTES", sum(file.size for file in files[2:]))
        older, newer = ([str(file.id) for file in some] for some in (files[:2], files[2:]))
    told, parts = opened(officer.post("/v1/privacy/copies", json=asked))
    assert told["left_out"]["files"] == older and len(told["left_out"]["why"]) == 2
    assert {name.removeprefix("files/").partition(".")[0] for name in parts if name != "data.txt"} == set(newer)
    assert len(told["tables"]["stored_file"]) == 4 and all(key in parts["data.txt"].decode() for key in older)


@pytest.mark.engine("sqlite")
def test_a_table_with_more_rows_than_a_copy_holds_is_named(
    district: District, everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    asked = {"member_id": str(everything.keys["member"]), "reason": "asked_for"}
    monkeypatch.setattr(export, "MOST", 1)
    told, parts = opened(officer.post("/v1/privacy/copies", json=asked))
    cut = told["rows_left_out"]["tables"]
    assert "sign_in_session" in cut and "member" not in cut
    assert all(len(told["tables"][name]) == 1 for name in cut)
    assert all(TABLES[name].zh in parts["data.txt"].decode() for name in cut)


@pytest.mark.engine("sqlite")
def test_only_lines_of_the_last_day_are_counted(district: District) -> None:
    caller = district.sign_in(Role.town_officer, "T1")
    actor = UUID(caller.account_id)

    def write(days: float) -> None:
        at = datetime.now(UTC) - timedelta(days=days)
        with district.house.database.writing(Origin("test", at, actor_id=actor)) as work:
            work.record_batch("copy_data", "member")

    for days in (3, 2, 0.5, 0.25):
        write(days)
    with district.work() as work:
        found = queries.lines_by(work, actor, ("copy_data",), work.at - timedelta(days=1), 5)
        assert len(found) == 2 and found[0] > found[1]
        assert not queries.lines_by(work, actor, ("copy_own_data",), work.at - timedelta(days=1), 5)
        assert len(queries.lines_by(work, actor, ("copy_data",), work.at - timedelta(days=9), 3)) == 3


def test_who_is_no_member_has_no_copy_of_a_member(district: District) -> None:
    refused(district.sign_in(Role.town_officer, "T1").get("/v1/privacy/mine"), 404, "not_found")


def test_each_table_about_people_says_whose_it_is_and_has_words() -> None:
    """A new one is found here: without a path to its person nobody could be given it, or have it erased."""
    for table in metadata.sorted_tables:
        if any(column.info["personal"] is not Personal.none for column in table.columns):
            assert table in (*of_anybody(), FILES), f"{table.name}: mark one of its columns with whose="
    for table in (*of_persons(), FILES):
        column = marked(table)
        assert table.name in TABLES or (column is not None and column.info["withheld"]), f"{table.name}: api/privacy/words.py"
        assert all(becomes(one) for one in table.columns)
    assert set(words.WITHHELD) == set(Withheld)
