"""What every entity stands on: constraint names, the classification of each column, the key, the clock and the version."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, LargeBinary, String, Text
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

# Set before any table is declared: only a constraint with a name can be turned into a precise answer.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


class Personal(StrEnum):
    """How a column touches a person, by China's Personal Information Protection Law, articles 28 and 51."""

    none = "none"
    basic = "basic"
    sensitive = "sensitive"


class Withheld(StrEnum):
    """Why a person is not given something with what is kept of him; the words for it are the copy's."""

    secret = "secret"
    digest = "digest"
    answers = "answers"
    reported = "reported"
    of_another = "of_another"
    one_grade = "one_grade"
    one_judgement = "one_judgement"


class Keep:
    """Days that a value is kept after its record has ended; None keeps it as long as the record stands."""

    with_record: int | None = None
    day: int | None = 1
    month: int | None = 30
    log: int | None = 365
    membership: int | None = 1095


class Whose:
    """What a column leads to that tells whose data a row is, where that is no table by its name."""

    what_it_hangs_on = "*"
    """The row of which the columns `..._kind` and `..._id` tell the table and the key."""
    nobody = "-"
    """Nobody who could be found by it: such a row is only ever forgotten with time."""


NO_DAY: Final = date(1900, 1, 1)
"""What stands in place of a day that was erased and may not be null."""


class Erased(StrEnum):
    """What becomes of a value when what is kept of its person is erased (PIPL, article 47), or has been kept for long enough."""

    stays = "stays"
    """It names nobody by itself, and sums or a rule of the table need it."""
    emptied = "emptied"
    """It becomes null."""
    replaced = "replaced"
    """Where it tells something, it tells from then on that it was erased."""
    row = "row"
    """Said of the column that `whose` marks: the whole row goes, and whatever is found by it."""


def column(
    personal: Personal,
    keep: int | None = Keep.with_record,
    *,
    whose: str | None = None,
    ended: str | None = None,
    erased: Erased | None = None,
    withheld: Withheld | None = None,
    told: str | None = None,
    **field: Any,
) -> Any:
    """Declare a stored field together with its classification, which the schema's tests demand of every column.

    `whose` marks the one column of a table by which a row's person is found: it names the table that it leads to, which is that of
    the members or leads there in its turn. Who gives out, erases or forgets what is kept of a member walks these.

    `ended` is the SQL expression of the moment from which `keep` counts; said of the column that `whose` marks, it is that of the
    whole row. Without it the membership's end is. `erased` is said where a value that is personal is not simply emptied, or, where
    null is no value, replaced. `withheld` tells why a person is not given it with what is kept of him; with `whose`, of the row,
    or, with an SQL condition `told` beside it, of the rows that this does not name.
    """
    extra = field.pop("sa_column_kwargs", {})
    info = {"personal": personal, "retain_days": keep, "whose": whose, "ended": ended, "erased": erased}
    info |= {"withheld": withheld, "told": told}
    return Field(sa_column_kwargs={**extra, "info": info}, **field)


def plain(**field: Any) -> Any:
    """A column that says nothing about a person."""
    return column(Personal.none, **field)


def words(choices: type[StrEnum], name: str | None = None) -> TypeEngine[Any]:
    """Text that a named CHECK holds to the values of `choices`; a second column of the same words needs a name of its own."""
    return Enum(
        choices,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name or _snake(choices.__name__),
    )


def ordered_text(length: int) -> TypeEngine[Any]:
    """Text compared byte by byte on both engines, so that a cursor or a path prefix walks it in one and the same order."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def sealed() -> TypeEngine[Any]:
    """Bytes that only `adapters/cipher.py` can open."""
    return LargeBinary()


def long_text() -> TypeEngine[Any]:
    return Text()


def now() -> datetime:
    return datetime.now(UTC)


class Record(SQLModel):
    """A row with a key of its own, its times, and the version that stands in its ETag."""

    id: UUID = plain(default_factory=uuid7, primary_key=True)
    created_at: datetime = plain(default_factory=now)
    updated_at: datetime = plain(default_factory=now)
    version: int = plain(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let each UPDATE and DELETE of a row say which version it means, and count the next one."""
        return {"version_id_col": cls.version}


class OwnedRecord(Record):
    """A row that belongs to an organisation, and is seen only from inside that organisation's branch of the tree."""

    organization_id: UUID = plain(foreign_key="organization.id", index=True)


class DecidedPlainly(SQLModel):
    """Who decided about what somebody asked for, and when: both null while it is open; nobody decided what has lapsed."""

    if TYPE_CHECKING:
        state: Any
        """Each table has words of its own for it."""

    decided_by: UUID | None = plain(default=None, foreign_key="account.id")
    decided_at: datetime | None = plain(default=None)

    def decide(self, state: StrEnum, by: UUID | None, at: datetime) -> None:
        """Write down what it has come to. `by` is an account."""
        self.state, self.decided_by, self.decided_at = state, by, at


class Decided(DecidedPlainly):
    """The same with why, in words that stand in the records."""

    decision_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)

    def decide(self, state: StrEnum, by: UUID | None, at: datetime, reason: str | None = None) -> None:
        super().decide(state, by, at)
        self.decision_reason = reason


def open_until_decided() -> CheckConstraint:
    """What holds in every table of `Decided`: a row is open exactly as long as it tells no time of a decision."""
    return CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="open_until_decided")


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")
