from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Connection, cast, func, inspect, table
from sqlmodel import col, select

from api.adapters.postgresql import by_the_server_alone, schema_of
from api.audit.service import end_of
from api.backups.rules import Facts, NotMigrated
from api.schema import revision_of
from api.texts import AS_TEXT, text_of
from models import metadata
from models.card import Card, Plate
from models.enums import CardState, FileState
from models.file import StoredFile

OURS: Final = frozenset((*metadata.tables, "alembic_version"))
"""The tables of the schema. What else somebody has put beside them is nobody's to prove."""


class ReadyFile(NamedTuple):
    """A file as its row promises it."""

    key: str
    size: int
    digest: str
    media_type: str


class PrintedCard(NamedTuple):
    """The card that a printed code has to lead to."""

    card_id: UUID
    state: CardState
    expires_on: date


def facts(connection: Connection) -> Facts:
    """What the database says of itself, at whatever revision it is. Raises `NotMigrated` where it has no audit trail, or
    `UnclearRevision`."""
    with by_the_server_alone(connection):
        names = set(inspect(connection).get_table_names(schema_of(connection)))
    revision = revision_of(connection)
    if revision is None or "audit_head" not in names:
        raise NotMigrated
    # An older database has fewer of them.
    there = sorted(names & OURS)
    rows = {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in there}
    seq, mac = end_of(connection)
    return Facts(revision, rows, seq, mac)


def ready_files(connection: Connection) -> list[ReadyFile]:
    """Every file that is ready, by its key; none where the schema knows no files yet. What SQLite keeps in a column of another kind
    is read as what it would be in that one, which tells of no object of the storage."""
    with by_the_server_alone(connection):
        is_there = inspect(connection).has_table(str(StoredFile.__tablename__), schema_of(connection))
    if not is_there:
        return []
    found = connection.execute(
        select(
            cast(col(StoredFile.storage_key), AS_TEXT),
            cast(col(StoredFile.size), BigInteger),
            cast(col(StoredFile.digest), AS_TEXT),
            cast(col(StoredFile.media_type), AS_TEXT),
        )
        .where(col(StoredFile.state) == FileState.ready)
        .order_by(col(StoredFile.storage_key))
    )
    return [ReadyFile(text_of(key), size, text_of(digest), text_of(media_type)) for key, size, digest, media_type in found.all()]


def printed_codes(connection: Connection) -> list[tuple[str, str]]:
    """One printed code for each state that a card with a plate in use is in, and the key of its card as the engine writes it."""
    firsts = (
        select(func.min(Plate.code))
        .join(Card, col(Card.id) == col(Plate.card_id))
        .where(col(Plate.withdrawn_at).is_(None))
        .group_by(col(Card.state))
    )
    query = select(cast(col(Plate.code), AS_TEXT), cast(col(Plate.card_id), AS_TEXT)).where(col(Plate.code).in_(firsts))
    found = connection.execute(query.order_by(col(Plate.code))).all()
    return [(text_of(code), text_of(card)) for code, card in found]


def printed_card(connection: Connection, code: str) -> PrintedCard:
    """The card of a printed code."""
    query = select(col(Card.id), col(Card.state), col(Card.expires_on)).join(Plate, col(Plate.card_id) == col(Card.id))
    return PrintedCard(*connection.execute(query.where(col(Plate.code) == code)).one())
