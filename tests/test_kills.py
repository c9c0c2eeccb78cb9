"""A server or PostgreSQL that is killed loses nothing that it has acknowledged, and leaves nothing half done.

`KILLS` kills an engine; the suite takes a few, `make endure` 200.
"""

import os
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import httpx2
import pytest
from sqlmodel import col, select

from api.access.tokens import Claims
from api.audit.service import verify
from api.building import build
from api.database import Origin
from api.settings import Settings
from models.audit import AuditLine
from models.card import Card
from models.enums import MemberStatus, Role
from models.file import StoredFile
from models.idempotency import IdempotentRequest
from models.member import Member
from models.performance_enums import PeriodState
from tests.backups.installation import tools_folder
from tests.conftest import IDS, District
from tests.counts import tell
from tests.killing import PATIENCE, Postgresql, Server, Victim, Writers
from tests.memory import memory
from tests.outcomes import deeds
from tests.performance.entering import STUDY, keep_entries, let_leases_pass, numbers, officer_of, period

KILLS = int(os.environ.get("KILLS", "2"))
CLOSINGS = max(1, KILLS // 10)
"""How many of the kills come while a period is closing."""


@dataclass
class Installation:
    """A district on a database of its own, its server, and what can be killed of it."""

    settings: Settings
    district: District
    server: Server
    victims: list[Victim]


@pytest.fixture
def installation(settings: Settings, district: District, engine: str) -> Iterator[Installation]:
    if engine == "sqlite":
        server = Server(settings)
        yield Installation(settings, district, server, [server])
        server.stop()
        return
    with tempfile.TemporaryDirectory(prefix="liangxian-killed-", dir=memory(), ignore_cleanup_errors=True) as folder:
        postgresql = Postgresql(folder)
        copy(settings.database_url, postgresql.url)
        there = settings.model_copy(update={"database_url": postgresql.url})
        house, server = build(there), Server(there)
        yield Installation(there, District(house, district.client, IDS), server, [server, postgresql])
        server.stop()
        house.database.close()
        postgresql.stop()


def copy(source: str, target: str) -> None:
    """Put what a database of PostgreSQL holds into an empty one."""
    dumped = subprocess.run([tools_folder() / "pg_dump", "--no-owner", source], check=True, capture_output=True).stdout
    subprocess.run([tools_folder() / "psql", "-q", "-v", "ON_ERROR_STOP=1", target], check=True, input=dumped, capture_output=True)


def test_what_was_acknowledged_is_there_after_a_kill_and_what_was_not_is_whole_or_absent(
    installation: Installation, engine: str
) -> None:
    district, server = installation.district, installation.server
    secretary = district.sign_in(Role.secretary, "B11")
    claims = district.house.tokens.read(secretary.access_token)
    writers = Writers(server.url, secretary.headers, str(district.ids["B11"]), photos="KILLS" in os.environ)
    chance = random.Random(KILLS)
    for number in range(KILLS):
        writers.headers = known(district, claims)
        victim = installation.victims[number % len(installation.victims)]
        # What is left of an SQLite database is put in order by who opens it first: so that is the server.
        district.house.database.close()
        with writers.writing(chance):
            victim.kill()
            victim.start()
        writers.again()
        holds(installation, writers, UUID(secretary.account_id))
    tell(f"kills on {engine}", kills=KILLS, **writers.counts, lost=0)


def known(district: District, claims: Claims) -> dict[str, str]:
    """How the holder of a session is known, by a fresh access token: one lasts for minutes, many kills for longer."""
    return {"Authorization": f"Bearer {district.house.tokens.sign(claims, datetime.now(UTC))}"}


def holds(installation: Installation, writers: Writers, account_id: UUID) -> None:
    """All that was acknowledged was done once, and nothing else was; the audit trail holds, and so does the database."""
    house = installation.district.house
    done = Counter((deed.action, deed.about) for deed in writers.acknowledged)
    actions = {action for action, _ in done}
    with house.database.reading(Origin("test")) as work:
        lines, broken = verify(work, house.audit_key)
        assert broken is None and lines > 0
        own = work.exec(select(AuditLine).where(col(AuditLine.actor_id) == account_id)).all()
        told = ((line.action, None if line.action == "set_member_photo" else line.target_id) for line in own)
        assert Counter(one for one in told if one[0] in actions) == done
        keys = work.exec(select(IdempotentRequest.key)).all()
        assert sorted(keys) == sorted(deed.key for deed in writers.acknowledged)
        for kind, action in ((Member, "create_member"), (Card, "issue_card")):
            made = set(work.exec(select(kind.id)).all())
            assert made == {target for was, target in done if was == action}
        left = {target for was, target in done if was == "leave_member"}
        assert {row.id for row in work.exec(select(Member)).all() if row.status is MemberStatus.left} == left
        kept = set(work.exec(select(StoredFile.storage_key)).all())
        assert kept <= {item.key for item in house.storage.objects()}
        if house.database.is_sqlite:
            connection = work.connection()
            assert connection.exec_driver_sql("PRAGMA integrity_check").all() == [("ok",)]
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def is_closed(officer: dict[str, str], server: Server, code: str) -> None:
    """Have a period closed, and wait until it is."""
    with httpx2.Client(base_url=server.url, headers=officer, timeout=PATIENCE) as client:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if client.post(f"/v1/periods/{code}/close").json()["state"] == "closed":
                return
        raise AssertionError(f"{code} is not closed")


def test_a_closing_that_is_killed_is_gone_on_with_and_comes_to_the_same(installation: Installation, engine: str) -> None:
    district, server = installation.district, installation.server
    officer = officer_of(district)
    claims = district.house.tokens.read(officer.access_token)
    undisturbed, *codes = (f"{year}-Q{quarter}" for year in range(2000, 2026) for quarter in range(1, 5))
    assert httpx2.post(f"{server.url}/v1/indicators", json=STUDY, headers=officer.headers, timeout=PATIENCE).status_code == 201
    keep_entries(district, UUID(officer.account_id), undisturbed, *codes)
    is_closed(officer.headers, server, undisturbed)
    expected = numbers(district, undisturbed)
    counted = deeds(district, period(district, undisturbed).id)
    assert len(counted) > 10 and expected
    killed = 0
    for number, code in enumerate(codes):
        victim = installation.victims[number % len(installation.victims)]
        headers = known(district, claims)
        with suppress(httpx2.TransportError):
            answer = httpx2.post(f"{server.url}/v1/periods/{code}/close", headers=headers, timeout=PATIENCE)
            assert answer.status_code == 202, answer.text
        until = time.monotonic() + PATIENCE
        while period(district, code).done == 0:
            assert time.monotonic() < until, f"{code} is not counted"
        district.house.database.close()
        victim.kill()
        victim.start()
        killed += period(district, code).state is PeriodState.closing
        let_leases_pass(district)
        is_closed(headers, server, code)
        assert numbers(district, code) == expected
        assert deeds(district, period(district, code).id) == counted
        if killed == CLOSINGS:
            break
    assert killed == CLOSINGS, "each was over before it was killed"
    tell(f"kills on {engine}", closings=killed)
