"""What SQLite keeps as the texts of its schema, which are all that it goes by, told apart by whether they may do something by
themselves.

Of the trail's tables all is compared with what the schema makes. Of our other tables what each definition consists of is looked at,
not the whole text: columns may have been added, and a database of an older schema has other tables.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Dialect, Table
from sqlalchemy.schema import CreateIndex, CreateTable

from api.audit.definitions.names import NAMES

TRIGGERS: Final = tuple(
    f"CREATE TRIGGER audit_line_stays_{verb.lower()} BEFORE {verb} ON audit_line\n"
    "BEGIN SELECT RAISE(ABORT, 'an audit line is never changed'); END"
    for verb in ("UPDATE", "DELETE")
)
"""Those that the schema makes, as their statements stand there."""
READ: Final = """
    SELECT rootpage > 0, typeof(type) || typeof(name) || typeof(tbl_name) || coalesce(nullif(typeof(sql), 'null'), 'text'),
        CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB)
    FROM sqlite_master
"""
"""The whole schema, each text by its bytes: somebody else may have written anything there."""
_KINDS: Final = frozenset({"table", "index", "view"})
_BY_ITSELF: Final = re.compile(r"CREATE (?:(?:VIRTUAL )?TABLE|VIEW|(?:UNIQUE )?INDEX) |$")
"""How the text begins of what does nothing by itself; that of a constraint's own index is empty."""
_TRAIL: Final = ("audit_line", "audit_head")

_QUOTED: Final = r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'"
_PIECE: Final = re.compile(rf"{_QUOTED}|\w+|[^\w\s]")
_KNOWN: Final = re.compile(rf"{_QUOTED}|\w+|[(),.+\-<>=!|]", re.ASCII)
"""The pieces that mean the same to SQLite and here. Some others swallow what follows to the one, and not to the other: such as a
variable, or a letter beyond ASCII."""
_BLANK: Final = frozenset(" \t\r\n")
_COMMENT: Final = re.compile(r"--|/\*")
_NAME: Final = r"(?:\"[^\"]+\"|\w+)"
_REFERENCE: Final = rf"REFERENCES {_NAME}(?: \(\))?"
_VALUE: Final = r"(?:[-+] )?(?:\d+(?: \. \d+)?|'(?:[^']|'')*'|\w+|\(\))"
_COLUMN: Final = re.compile(
    rf"{_NAME}(?: \w+(?: PRECISION)?(?: \(\))?)??"
    rf"(?: (?:NOT NULL|NULL|DEFAULT {_VALUE}|CONSTRAINT {_NAME}|CHECK \(\)|{_REFERENCE}))*",
    re.IGNORECASE,
)
_CONSTRAINT: Final = re.compile(
    rf"(?:CONSTRAINT {_NAME} )?(?:(?:CHECK|UNIQUE|PRIMARY KEY) \(\)|FOREIGN KEY \(\) {_REFERENCE})", re.IGNORECASE
)
_BEGIN: Final = re.compile(r"CREATE TABLE (\"\w+\"|\w+)", re.IGNORECASE)


class Defined(NamedTuple):
    """A row of the schema, each of its texts as SQLite takes it: to the first NUL. Names are the same to it in whatever letters."""

    has_rows: bool
    is_text: bool
    kind: str
    name: str
    table: str
    statement: str

    @property
    def does_nothing(self) -> bool:
        """Whether it is of a kind that does nothing by itself, and says so as SQLite would write it: what is called a trigger in
        other letters is one too."""
        return self.is_text and self.kind in _KINDS and _BY_ITSELF.match(self.statement) is not None

    @property
    def names_the_trail(self) -> bool:
        """Nothing can refer to a table, or change it behind a view, that does not name it."""
        told = f"{self.statement} {self.name} {self.table}".lower()
        return any(name in told for name in _TRAIL)


def defined(rows: Iterable[Any]) -> list[Defined]:
    """What `READ` has read."""
    return [_defined(has_rows, types, *(value or b"" for value in texts)) for has_rows, types, *texts in rows]


def _defined(has_rows: object, types: str, *texts: bytes) -> Defined:
    is_text = types == "text" * len(texts) and not any(b"\0" in text or text != _as_text(text).encode() for text in texts)
    kind, name, table, statement = (_as_text(text.partition(b"\0")[0]) for text in texts)
    return Defined(has_rows == 1, is_text, kind, name, table, statement)


def _as_text(text: bytes) -> str:
    return text.decode(errors="replace")


def is_trail_plain(schema: Sequence[Defined]) -> bool:
    """Whether both tables of the trail are there, and plain, with no trigger but the schema's; and nothing bears the name of a
    pragma, in whose place it would be read."""
    tables = [one for one in schema if one.kind == "table" and one.name.lower() in _TRAIL]
    return (
        len(tables) == 2
        and all(one.has_rows and one.statement.startswith("CREATE TABLE ") for one in tables)
        and all(one.does_nothing or one.statement in TRIGGERS for one in schema if one.table.lower() in _TRAIL)
        and not any(one.name.lower().startswith("pragma_") for one in schema)
    )


def not_plain(schema: Sequence[Defined]) -> list[str]:
    """What bears the name of a table that the migrations make and is no such table, as `is_plain` tells."""
    names = [(one.name.lower(), one) for one in schema if one.kind != "index"]
    return [f"{one.kind} {one.name}" for name, one in names if name in NAMES and not is_plain(name, one.statement)]


def compared(schema: Sequence[Defined]) -> list[str]:
    """What must be what `made` tells, one text each: what names the trail; what does something by itself, of which the schema makes
    nothing elsewhere; and what says what is to be done with a row that conflicts with something, such as to pass over it, which the
    schema says nowhere."""
    return [
        one.statement or one.name
        for one in schema
        if one.names_the_trail or not one.does_nothing or "conflict" in one.statement.lower()
    ]


def made(tables: list[Table], dialect: Dialect) -> list[str]:
    """What the schema makes of the trail's tables, as `compared` tells it."""
    indices = [CreateIndex(index) for table in tables for index in table.indexes]
    return [*TRIGGERS, *(str(one.compile(dialect=dialect)) for kinds in (indices, map(CreateTable, tables)) for one in kinds)]


def is_plain(table: str, statement: str) -> bool:
    """Whether a table of that name is made of nothing but columns and constraints that only refuse, as all that the migrations make
    do: no clause passes over a row or replaces it, no foreign key takes or changes any, and nothing is compared or reckoned
    otherwise than it stands there."""
    if _COMMENT.search(statement) or not _is_known(statement):
        return False
    begin, *definitions = _definitions(statement)
    named = _BEGIN.fullmatch(begin)
    return (
        named is not None
        and named[1].strip('"').lower() == table
        and definitions[-1:] in ([""], ["WITHOUT ROWID"])
        and all(_CONSTRAINT.fullmatch(one) or _COLUMN.fullmatch(one) for one in definitions[:-1])
    )


def _is_known(statement: str) -> bool:
    return set(_PIECE.sub("", statement)) <= _BLANK and all(_KNOWN.fullmatch(piece) for piece in _PIECE.findall(statement))


def _definitions(statement: str) -> list[str]:
    """What stands before the parenthesis, each definition within, and what stands behind it; pieces are parted by one blank, and
    what stands in further parentheses is left out."""
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in _PIECE.findall(statement):
        depth -= piece == ")"
        if (piece, depth) in ((",", 1), ("(", 0), (")", 0)):
            parts.append([])
        elif depth <= 1 and piece != ")":
            parts[-1].append("()" if piece == "(" else piece)
        depth += piece == "("
    return [" ".join(part) for part in parts]
