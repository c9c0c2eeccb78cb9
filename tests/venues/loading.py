"""Sheets of venues, and how they are loaded."""

from io import BytesIO
from typing import Any

import openpyxl

from tests.conftest import Caller

HEADINGS = (
    "所属组织",
    "类型",
    "名称",
    "上级阵地",
    "地址",
    "经度",
    "纬度",
    "坐标系",
    "开放时间",
    "服务项目",
    "联系电话",
    "是否公开",
)


def sheet(*rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    book, target = openpyxl.Workbook(), BytesIO()
    page = book.active
    assert page is not None
    page.title = "阵地"
    for row in (headings, *rows):
        page.append(row)
    book.save(target)
    return target.getvalue()


def load(caller: Caller, content: bytes, **query: Any) -> Any:
    return caller.post("/v1/venues/import", files={"file": ("阵地.xlsx", content)}, params=query)
