"""Pages by key: each page begins after the last row of the one before, so it costs the same however far one has walked.

A cursor holds that row's sort keys, which may be a name; so it is sealed, and says nothing in a URL or a log.
"""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlakeyset import InvalidPage, select_page, unserialize_bookmark
from sqlakeyset.columns import parse_ob_clause
from sqlalchemy import ColumnElement, Executable, func, inspect, literal, tuple_
from sqlalchemy import select as columns

from api.database import Work
from api.errors import Invalid, Text

MOST_ROWS_WITH_THEIRS: Final = 50
"""How many rows of a list are told at a time that bring much of their own along, however many were asked for."""
MOST_OF_ONE: Final = 500
"""Of what has happened to one thing and is told with it rather than page by page, how much is told: the newest."""
_OF_MANY: Final = "of_many"

Q = TypeVar("Q", bound=Executable)


class BadCursor(Invalid):
    text: ClassVar[Text] = Text(
        "翻页标记无效，请从第一页重新开始。", "This cursor is not one of ours; begin again at the first page."
    )


def count(work: Work, rows: Any) -> int:
    """How many rows a select finds, without reading them."""
    return int(work.execute(func.count().select().select_from(rows.subquery())).scalar_one())


def count_up_to(work: Work, rows: Any, most: int) -> int:
    """How many rows a select of entities finds, with whatever it tells beside them, and no more than that."""
    return int(work.execute(_count_up_to(rows, most)).scalar_one())


def counts_up_to(work: Work, of: Mapping[str, Any], most: int) -> dict[str, int]:
    """The same of several selects, each by its name, all by one statement: sending one costs more than counting few rows."""
    counts = [_count_up_to(rows, most).scalar_subquery() for rows in of.values()]
    return dict(zip(of, work.execute(columns(*counts)).one(), strict=True)) if counts else {}


def _count_up_to(rows: Any, most: int) -> Any:
    keys = rows.with_only_columns(*inspect(rows.column_descriptions[0]["entity"]).primary_key)
    return func.count().select().select_from(keys.limit(most).subquery())


def with_total(work: Work, rows: Any, shown: Callable[[Any], Any], limit: int, most: int) -> tuple[int, list[tuple[Any, ...]]]:
    """How many rows a select finds, counted up to `most`, and the first of them. They are counted by a statement of their own, and
    only where there are more than are shown.

    `shown` orders the select, and joins to it what is told beside the rows, which the counting has no need of.
    """
    found = [tuple(row) for row in work.execute(shown(rows).limit(limit + 1)).all()]
    return (len(found) if len(found) <= limit else count_up_to(work, rows, most)), found[:limit]


def of_many(rows: Q) -> Q:
    """The same select, told to be of many rows among which thousands may share the first value of their order."""
    told: Q = rows.execution_options(**{_OF_MANY: True})
    return told


def _behind(rows: Any, place: Sequence[Any]) -> ColumnElement[bool]:
    """Whether a row of an ordered select comes behind a place in its order, as one comparison of rows, at which an index begins.

    Left to itself sqlakeyset compares column by column with psycopg, so that PostgreSQL walks all rows that share the first value.
    A row's values need the types of their columns, since psycopg casts each. Of few rows this would be wrong: PostgreSQL judges by
    the first value alone how many lie behind, and would look for them in the whole district where it expects hardly any.
    """
    order = parse_ob_clause(rows)
    if len(order) != len(place):
        raise InvalidPage
    pairs = [
        one.pair_for_comparison(literal(value, one.comparable_value.type), None) for one, value in zip(order, place, strict=True)
    ]
    greater, lesser = zip(*pairs, strict=True)
    return tuple_(*lesser) < tuple_(*greater)


@dataclass(frozen=True)
class Pages:
    """One request for a page of one list. `rows` tells which list is meant and what it is narrowed to, so that the cursor of
    another is refused; it may hold a name that is searched for."""

    key: bytes = field(repr=False)
    rows: str = field(repr=False)
    limit: int
    cursor: str | None

    def read(self, work: Work, rows: Any, *, most: int | None = None) -> tuple[list[Any], str | None]:
        """Read one page of an ordered select of entities, of `most` rows at the most. Returns the rows and the next cursor, None on
        the last page.

        Raises `BadCursor` for a cursor that was altered, or is another list's or another filter's.
        """
        try:
            limit = self.limit if most is None else min(self.limit, most)
            place = unserialize_bookmark(self._open()) if self.cursor else None
            if place is not None and _OF_MANY in rows.get_execution_options():
                rows, place = rows.where(_behind(rows, place.place or ())), None
            page = select_page(work, rows, per_page=limit, page=place)
        except InvalidPage as error:
            raise BadCursor from error
        return [row[0] for row in page], self._seal(page.paging.bookmark_next) if page.paging.has_next else None

    def _seal(self, bookmark: str) -> str:
        nonce = secrets.token_bytes(12)
        sealed = nonce + AESGCM(self.key).encrypt(nonce, bookmark.encode(), self.rows.encode())
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def _open(self) -> str:
        try:
            sealed = base64.urlsafe_b64decode((self.cursor or "") + "==")
            return AESGCM(self.key).decrypt(sealed[:12], sealed[12:], self.rows.encode()).decode()
        except (ValueError, InvalidTag) as error:
            raise BadCursor from error
