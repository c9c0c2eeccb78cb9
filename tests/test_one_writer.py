"""On SQLite one writes at a time, and signing in is a write: whatever reads or makes much does so before its transaction begins."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from api.house import House
from models.enums import Role
from tests.conftest import Caller, District
from tests.verification.holders import hold

ON_ENGINES = ("sqlite",)
FEW, MANY = 3, 30
"""How many members there are of whom something is asked for."""


class Rows:
    """How many rows were read in writing transactions."""

    read = 0

    def count(self, _cursor: object, row: tuple[Any, ...]) -> tuple[Any, ...]:
        self.read += 1
        return row


@contextmanager
def rows_read(house: House) -> Iterator[Rows]:
    engine, rows = house.database.engine, Rows()

    def begins(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.row_factory = rows.count if connection.get_execution_options().get("writes") else None

    def ends(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.row_factory = None

    listeners = {"begin": begins, "commit": ends, "rollback": ends}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield rows
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


def fetches_pack(district: District, secretary: Caller) -> Any:
    return secretary.get(f"/v1/packs/{district.ids['B11']}")


def prints(district: District, secretary: Caller) -> Any:
    return secretary.post("/v1/printing/batches", json={"kind": "desk_plate", "organization_id": str(district.ids["B11"])})


def makes_what_does_not_lack(district: District, secretary: Caller) -> Any:
    body = {"kind": "desk_plate", "organization_id": str(district.ids["B11"]), "make_missing": True}
    return secretary.post("/v1/printing/batches", json=body)


def prints_again(district: District, secretary: Caller) -> Any:
    former = prints(district, secretary).json()["id"]
    return secretary.post(f"/v1/printing/batches/{former}/reprint", json={"reason": "日晒褪色"})


def issues_to_nobody(district: District, secretary: Caller) -> Any:
    return secretary.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])})


@pytest.mark.parametrize("ask", [issues_to_nobody, fetches_pack, prints, makes_what_does_not_lack, prints_again])
def test_what_is_read_while_nobody_else_writes_does_not_grow_with_what_is_asked_for(
    district: District, ask: Callable[[District, Caller], Any]
) -> None:
    secretary, read = district.sign_in(Role.secretary, "B11"), []
    for number in range(MANY):
        if number in (FEW, MANY - 1):
            with rows_read(district.house) as rows:
                answer = ask(district, secretary)
            assert answer.is_success, answer.text
            read.append(rows.read)
        hold(district.house, district.ids["B11"], f"王{number}")
    few, many = read
    assert 0 < many <= few + 1, read
