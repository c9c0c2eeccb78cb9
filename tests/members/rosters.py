"""Rosters of invented people, as they are sent, and what is answered."""

import io
from typing import Any

import openpyxl
from stdnum.iso7064 import mod_11_2

from tests.conftest import Caller

HEADINGS = ("姓名", "身份证号", "入党时间", "转正时间", "所在支部", "联系电话", "家庭住址")


def number(order: int, born: str = "19680315") -> str:
    """An invented identity number of the area 990101, which does not exist."""
    digits = f"990101{born}{order:03d}"
    return digits + mod_11_2.calc_check_digit(digits)


def sheet(*rows: tuple[object, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (headings, *rows):
        page.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def person(name: str, order: int, branch: str = "上塘村第一党支部", **more: object) -> tuple[object, ...]:
    values = {"joined": "1995-07-01", "confirmed": "1996-07-01", "mobile": "13800138000", "address": "上塘村1号", **more}
    return (name, number(order), values["joined"], values["confirmed"], branch, values["mobile"], values["address"])


def send(caller: Caller, content: bytes, **query: Any) -> Any:
    return caller.post("/v1/members/import", params=query, files={"file": ("花名册.xlsx", content)})


def counts(answer: Any) -> tuple[int, int, int, int]:
    body = answer.json()
    return body["created"], body["updated"], body["unchanged"], len(body["rejected"])


def mark(caller: Caller, content: bytes, *, language: str = "zh", **query: Any) -> Any:
    return caller.post(
        "/v1/members/import/marked",
        params=query,
        files={"file": ("花名册.xlsx", content)},
        headers={"Accept-Language": language},
    )
