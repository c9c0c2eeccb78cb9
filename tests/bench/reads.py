"""All signed-in reads of the document, and an address for each of them in a district that was filled: of oneself, of the branch
that is looked at, of one of its members or cards, or of something else that is its own."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from sqlalchemy import Table
from sqlmodel import select

from api.database import Work
from api.web.writes import TooManyWrites
from models.base import metadata
from tests.bench.seeding import MEMBERS_OF_A_BRANCH, branch_key, member_key
from tests.routes import document, refusals, resolved

BRANCH: Final = 5
"""The branch that is looked at: the same in a small and in a large district, with the same members."""
FIRST: Final = BRANCH * MEMBERS_OF_A_BRANCH
ANOTHER_EACH_TIME: Final = {"organization_id": "{branch}", "member_id": "{member}", "card_id": "{card}"}
"""What is filled in as it is asked."""
BROUGHT: Final = "image/jpeg"
TOLD_OF_ALL: Final = frozenset(
    {
        "draw_inspection_circular",
        "list_values",
        "list_post_warnings",
        "show_inspection_figures",
        "show_post_figures",
        "write_inspection_circular",
    }
)
"""What tells of everything below an organisation, as it is on the day or as it was stored, and so costs as much as that is: it is
asked of one branch, as is what must name its organisation."""


class Read(NamedTuple):
    """A read by its operation: its path, what must be named in its path and its query, and the schema of each."""

    name: str
    path: str
    in_path: Mapping[str, Any]
    in_query: Mapping[str, Any]


def reads() -> Iterator[Read]:
    """Every operation of the document that only reads and that asks who is there, but for pictures that somebody has brought: each
    is found by its key, and lies in the storage, where the bench has none."""
    whole = document()
    for path, item in whole["paths"].items():
        if any(item.get("get", {}).get("security", ())) and BROUGHT not in item["get"]["responses"]["200"].get("content", ()):
            asked = [resolved(whole, one) for one in item["get"].get("parameters", ())]
            must = {
                place: {one["name"]: one["schema"] for one in asked if one.get("required") and one["in"] == place}
                for place in ("path", "query")
            }
            name = item["get"]["operationId"]
            if name in TOLD_OF_ALL:
                must["query"]["organization_id"] = {}
            yield Read(name, path, must["path"], must["query"])


def counted_by_the_day() -> frozenset[str]:
    """The reads that are answered only so often a day, by their operations."""
    gets = [item["get"] for item in document()["paths"].values() if any(item.get("get", {}).get("security", ()))]
    # Of what is counted with all else that an account writes, the bench asks for less.
    return frozenset(one["operationId"] for one in gets if refusals(one, "429") - {TooManyWrites.code()})


def address(work: Work, read: Read) -> str:
    """Where it is asked, with what differs each time left to be filled in.

    AssertionError where there is nothing of which it could be asked.
    """
    named: dict[str, Any] = {}
    alone = len(read.in_path) == 1
    for name, schema in (*read.in_path.items(), *read.in_query.items()):
        if name in ANOTHER_EACH_TIME and (alone or name in read.in_query):
            named[name] = ANOTHER_EACH_TIME[name]
        else:
            named[name] = _value(work, read.path, name, schema, named)
        assert named[name] is not None, f"{read.name}: there is no {name}"
    query = "&".join(f"{name}={named[name]}" for name in read.in_query)
    path = read.path
    for name in read.in_path:
        path = path.replace(f"{{{name}}}", str(named[name]))
    return path + (f"?{query}" if query else "")


def _value(work: Work, path: str, name: str, schema: Mapping[str, Any], named: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        (value, *_) = resolved(document(), dict(schema))["enum"]
        return value
    if schema.get("format") == "date-time":
        return quote((work.at - timedelta(days=30 if name == "since" else 0)).isoformat())
    if name.endswith("_id"):
        return _key(work, _table(name.removesuffix("_id")), named)
    before = path.split(f"/{{{name}}}")[0].rpartition("/")[2]
    return work.execute(select(_table(before.removesuffix("s")).c[name]).limit(1)).scalar()


def _table(word: str) -> Table:
    """The table of that name, or else the one with that word in its name."""
    exact = metadata.tables.get(word)
    if exact is not None:
        return exact
    (found,) = (table for table in metadata.tables.values() if word in table.name.split("_"))
    return found


def _key(work: Work, table: Table, named: Mapping[str, Any]) -> Any:
    """The key of a row that hangs on what was named before: one of the member, of the branch, or any."""
    hangs = [table.c[name] == value for name, value in named.items() if name in table.c and value != ANOTHER_EACH_TIME.get(name)]
    own = {"member_id": member_key(FIRST), "organization_id": branch_key(BRANCH)}
    narrowed = [table.c[name] == value for name, value in own.items() if name in table.c]
    for some in (narrowed, *([one] for one in narrowed), []):
        if (key := work.execute(select(table.c.id).where(*hangs, *some).limit(1)).scalar()) is not None:
            return key
    return None
