"""A request that keeps a processor busy for too long while others wait for it is refused, whatever it is that costs so much. Each
look at the clock is a second here, so that the looks are counted."""

from itertools import count
from typing import Any, Final

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from api import allowance
from api.allowance import BUSY_SECONDS, allowed
from api.database import Origin
from api.errors import TooLarge
from api.inspections.rules import AT_ONCE
from models.audit import AuditLine
from models.enums import Role, VenueKind
from models.organization import Organization
from tests.conftest import Caller, District
from tests.inspections.asking import URL, document, failing
from tests.lists.asking import drafted
from tests.problems import assert_problem
from tests.routes import doors
from tests.standards.asking import publish_default
from tests.venues.kept import keep_venue

FEW: Final = int(BUSY_SECONDS / 4)
MANY: Final = int(BUSY_SECONDS * 4)
ROSTER: Final = "姓名,入党时间,支部", "王秀兰,1995-07-01,没有的支部{}"
FILES: Final = {
    "/v1/members/import": ROSTER,
    "/v1/members/import/marked": ROSTER,
    "/v1/organizations/import": ("编码,名称,类型,上级编码", "X{0},{0}号村,村,T1"),
    "/v1/venues/import": ("所属组织,类型,名称", "没有的支部,服务窗口,{}号窗口"),
    "/v1/lists/{kind}/draft/import": ("序号,事项,内容", "{},盖章,先登记。"),
}


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count()
    monkeypatch.setattr(allowance, "thread_time", lambda: next(clock))


def load(officer: Caller, path: str, rows: int, **query: Any) -> Any:
    heading, row = FILES[path]
    content = "\n".join((heading, *map(row.format, range(1, rows + 1)))).encode()
    return officer.post(path.format(kind="power"), params=query, files={"file": ("sheet.csv", content)})


@pytest.mark.engine("sqlite")
def test_of_every_import_each_row_is_looked_at(app: FastAPI, officer: Caller, looks: None) -> None:
    drafted(officer)
    imports = {door.path for door in doors(app) if "/import" in door.path and door.method == "POST"}
    assert imports == set(FILES)
    for path in imports:
        # What only reads sends as many statements for many rows, and none of them is looked at.
        query = {} if path.endswith("/marked") else {"dry_run": True}
        assert load(officer, path, FEW, **query).status_code == 200, path
        assert_problem(load(officer, path, MANY, **query), 413, "spreadsheet_too_large")


def test_of_a_file_that_takes_too_long_nothing_is_stored(district: District, officer: Caller, looks: None) -> None:
    def stored() -> tuple[list[str], list[str]]:
        with district.house.database.reading(Origin("test")) as work:
            deeds = work.exec(select(AuditLine.action).where(col(AuditLine.action).like("%organization%"))).all()
            return sorted(work.exec(select(Organization.code)).all()), list(deeds)

    before = stored()
    assert_problem(load(officer, "/v1/organizations/import", MANY, on_error="skip"), 413, "spreadsheet_too_large")
    assert stored() == before


@pytest.mark.engine("sqlite")
def test_of_a_batch_that_takes_too_long_nothing_is_stored_although_each_of_it_is_taken_by_itself(
    district: District, looks: None
) -> None:
    publish_default(district)
    inspector, window = district.sign_in(Role.town_officer, "T1"), keep_venue(district, kind=VenueKind.window, name="一号窗口")

    def send(many: int) -> Any:
        return inspector.post(f"{URL}/batch", json={"inspections": [document(window, failing()) for _ in range(many)]})

    assert_problem(send(AT_ONCE), 413, "too_large")
    assert inspector.get(f"{URL}/mine").json()["items"] == []
    assert send(1).status_code == 200


@pytest.mark.engine("sqlite")
def test_whatever_sends_statements_while_nobody_else_writes_is_refused_in_the_end(district: District, looks: None) -> None:
    database, village = district.house.database, district.ids["V1"]

    def ask(*, times: int, writes: bool) -> None:
        with database.writing(Origin("test")) if writes else database.reading(Origin("test")) as work:
            if writes:
                work.get_one(Organization, village).name = "改名村"
            for _ in range(times):
                with work.begin_nested():
                    assert work.exec(select(Organization.code).where(col(Organization.id) == village)).one() == "V1"

    ask(times=MANY, writes=True)
    with district.work() as work:
        work.get_one(Organization, village).name = "上塘村"
    with allowed():
        ask(times=MANY, writes=False)
        with pytest.raises(TooLarge):
            ask(times=MANY, writes=True)
        with pytest.raises(TooLarge):
            ask(times=0, writes=True)
    with allowed():
        with database.reading(Origin("test")) as work:
            assert work.get_one(Organization, village).name == "上塘村"
        ask(times=1, writes=True)
