"""How long an answer can be, by what the document says of it: each list within it has an end, however much somebody has written.

Lists of rows are pages. Whatever else is a list names its greatest length, or nothing longer is taken, or it is among those of
which is told here by what they end. What strangers read is held by its statements instead (`test_bounded.py`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from tests.routes import document, resolved

ON_ENGINES = ("sqlite",)

BY: Final[Mapping[str, frozenset[str]]] = {
    "the house's own words, and what it knows of the kinds of things": frozenset(
        {
            "BoardPillar.indicators",
            "BoardQuarter.pillars",
            "BoardShown.pillars",
            "Catalogue.items",
            "ConsentTexts.items",
            "MemberRestored.notes",
            "PrintTemplateShown.carries",
            "PrintTemplates.items",
            "RoleHeld.permissions",
            "SchemesShown.items",
            "TodoShown.counts_capped",
            "InspectionFigures.by_venue_kind",
        }
    ),
    "time: quarters, halves, years, hours of a span that is asked for": frozenset(
        {
            "BoardShown.trend",
            "Calendar.items",
            "OwnAppraisals.items",
            "PeriodsShown.items",
            "Scans.items",
            "TallyShown.comments",
        }
    ),
    "a constant of the room: those that stand first are told": frozenset(
        {
            "BoardShown.weakest",
            "Destinations.items",
            "RecoveryCodes.recovery_codes",
            "Sessions.items",
            "TodoShown.items",
        }
    ),
    "one request: no more is asked for, or brought, at once": frozenset(
        {
            "DraftItem.pictures",
            "CardsIssued.done",
            "CardsIssued.skipped",
            "InspectionSent.codes",
            "InspectionSent.errors",
            "InspectionsSent.items",
            "PledgesDone.done",
            "PledgesDone.skipped",
            "ProgressPublished.done",
            "ProgressPublished.skipped",
            "SlipsShown.items",
        }
    ),
    "the items of a standard, of which there are 500, or of a list, which have numbers up to 500": frozenset(
        {
            "CheckShown.findings",
            "ChecklistShown.items",
            "DraftShown.items",
            "DraftShown.warnings",
            "InspectionShown.items",
            "ListDraftShown.items",
            "StandardPublished.items",
            "StandardPublished.warnings",
        }
    ),
    "the fields of one thing, each once": frozenset(
        {
            "CorrectionCompared.changes",
            "CorrectionCompared.fields",
            "CorrectionListed.fields",
            "CorrectionShown.fields",
            "ItemWarning.fields",
            "RowChanges.columns",
            "RowRejected.also",
        }
    ),
    "a workbook: 200 sheets, and the columns that are known": frozenset(
        {
            "ListItemsImported.left_out",
            "ListItemsImported.sheets",
            "MembersImported.left_out",
            "MembersImported.sheets",
            "RosterSheetImported.hidden_columns",
            "SheetImported.hidden_columns",
            "TreeImported.left_out",
            "TreeImported.sheets",
            "VenuesImported.left_out",
            "VenuesImported.sheets",
        }
    ),
    "the organisations of the tree, which is what is asked for": frozenset(
        {
            "DestinationShown.above",
            "FiguresShown.children",
            "Grants.items",
            "InspectionFigures.by_organization",
            "OwnAccount.roles",
            "PostFigures.by_organization",
            "ValuesShown.items",
            "list_post_warnings",
        }
    ),
    "the members of one branch; those who hold a post today, of which it has fifty seats": frozenset(
        {"AppraisalShown.items", "PostShown.holders"}
    ),
    "its page: whatever of it could not be read": frozenset({"AuditPage.unreadable"}),
    "what the district writes by hand, one at a time": frozenset({"IndicatorsShown.items"}),
}
"""By what those end that name no greatest length, whose items are not told apart by a word each, and which nobody writes."""


class Array(NamedTuple):
    """A list within an answer: of which schema it is a field, or that of an operation itself, and its own schema."""

    owner: str
    field: str
    schema: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.owner}.{self.field}" if self.field else self.owner


def arrays_in(part: dict[str, Any], owner: str, field: str = "", seen: frozenset[str] = frozenset()) -> Iterator[Array]:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from arrays_in(resolved(document(), part), name, "", seen | {name})
        return
    for choice in (*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ())):
        yield from arrays_in(choice, owner, field, seen)
    if "items" in part:
        yield Array(owner, field, part)
        yield from arrays_in(part["items"], owner, field, seen)
    for name, inner in part.get("properties", {}).items():
        yield from arrays_in(inner, owner, name, seen)
    if isinstance(values := part.get("additionalProperties"), dict):
        yield from arrays_in(values, owner, field, seen)


def operations(*, is_public: bool) -> Iterator[dict[str, Any]]:
    """All operations of the document that ask who is there, or all that do not."""
    for item in document()["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and any(operation.get("security", ())) is not is_public:
                yield operation


def told(*, is_public: bool) -> dict[str, tuple[Array, bool]]:
    """All lists within what these answer when they succeed, by name, each with whether it is a page."""
    found = {}
    for operation in operations(is_public=is_public):
        for status, answer in operation["responses"].items():
            schema = resolved(document(), answer).get("content", {}).get("application/json", {}).get("schema", {})
            for one in arrays_in(schema, operation["operationId"]) if status.startswith("2") else ():
                owner = document()["components"]["schemas"].get(one.owner, {})
                found[one.name] = one, one.field == "items" and "next_cursor" in owner["properties"]
    return found


def written() -> dict[str, set[int | None]]:
    """The greatest lengths of what is sent as a list, by the name of its field, where that is one of its own."""
    found: dict[str, set[int | None]] = {}
    for operation in operations(is_public=False):
        for body in resolved(document(), operation.get("requestBody", {})).get("content", {}).values():
            for one in arrays_in(body["schema"], operation["operationId"]):
                if one.field != "items":
                    found.setdefault(one.field, set()).add(one.schema.get("maxItems"))
    return found


def is_told_apart(one: Array) -> bool:
    """Whether its items are words of a fixed vocabulary."""
    return "enum" in resolved(document(), one.schema["items"])


def test_each_list_within_an_answer_has_an_end() -> None:
    lists, sent, read_by_strangers = told(is_public=False), written(), told(is_public=True)
    assert len(lists) > 100
    endless = {
        name
        for name, (one, is_page) in lists.items()
        if not (is_page or "maxItems" in one.schema or is_told_apart(one) or None not in sent.get(one.field, {None}))
        if name not in read_by_strangers
    }
    explained = {name for names in BY.values() for name in names}
    assert endless - explained == set(), "has no end, or it is not told by what it ends"
    assert explained - endless == set(), "needs no explanation"
