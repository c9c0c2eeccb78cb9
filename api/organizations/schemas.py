from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from api.schemas import UNSENT, Edited, Line, Phone, RecordShown, Shown, Written, example
from api.uploads import FIRST_ROWS, MOST_ROWS_TOLD, RowsImported
from api.written import plain
from models.enums import NameDisplay, OrganizationKind

Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"), AfterValidator(plain)]
Name = Annotated[Line, StringConstraints(min_length=2, max_length=80)]

TERM: Any = Field(
    default=None,
    ge=date(2000, 1, 1),
    le=date(2100, 1, 1),
    description="the last day of the committee's term (届满日); cards of those who hold a post are good no longer",
    examples=["2030-12-31"],
)

ID = "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e"


class OrganizationWrite(Written):
    model_config = Written.model_config | example(
        code="LX-01-02-4", name="石桥村第四党支部", kind="branch", parent_id=ID, service_phone="0574-00001234"
    )

    code: Code
    name: Name
    kind: OrganizationKind
    parent_id: UUID
    service_phone: Phone | None = Field(default=None, description="public: shown to whoever scans a card of this organisation")
    name_display: NameDisplay = Field(default=NameDisplay.full, description="how strangers read the members' names")
    term_ends_on: date | None = TERM


class OrganizationEdit(Edited):
    """What is not sent stays as it is."""

    model_config = Written.model_config | example(name="石桥村第四党支部", service_phone="0574-00001235")

    name: Name = UNSENT
    service_phone: Phone | None = None
    name_display: NameDisplay = UNSENT
    term_ends_on: date | None = TERM


class OrganizationMove(Written):
    model_config = Written.model_config | example(parent_id=ID)

    parent_id: UUID


class OrganizationShown(RecordShown):
    id: UUID
    code: str = Field(examples=["LX-01-02-1"])
    name: str = Field(examples=["石桥村第一党支部"])
    kind: OrganizationKind
    parent_id: UUID | None
    service_phone: str | None = Field(examples=["0574-00001234"])
    name_display: NameDisplay
    term_ends_on: date | None = TERM
    closed_on: date | None


class Silent(Shown):
    sheet: str | None = Field(description="the name of its sheet; null for a text file", examples=["组织"])
    row: int = Field(examples=[5])
    code: str = Field(examples=["LX-01-02-1"])
    name: str = Field(examples=["石桥村第一党支部"])


class TreeImported(RowsImported):
    """What became of the organisations of a file, or would have in a dry run."""

    without_telephone_count: int = Field(description="how many rows that are", examples=[0])
    without_telephone: list[Silent] = Field(
        description=f"the rows whose organisation has members' cards but no telephone that their pages could tell: {FIRST_ROWS}",
        max_length=MOST_ROWS_TOLD,
    )
