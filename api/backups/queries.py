from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, inspect, table, text
from sqlmodel import col, select

from api.audit.service import end_of
from api.backups.rules import Facts, NotMigrated
from models.card import Card, Plate
from models.enums import CardState, FileState
from models.file import StoredFile


class ReadyFile(NamedTuple):
    """A file as its row promises it."""

    key: str
    size: int
    digest: str | None
    media_type: str


class PrintedCard(NamedTuple):
    """A printed code that is in use, and the card that it has to lead to."""

    code: str
    card_id: UUID
    state: CardState
    expires_on: date


def facts(connection: Connection) -> Facts:
    """What the database says of itself, at whatever revision it is. Raises `NotMigrated` where it has no audit trail."""
    names = set(inspect(connection).get_table_names())
    if not {"alembic_version", "audit_head"} <= names:
        raise NotMigrated
    # The tables are those of the database, not of the models: an older one has fewer.
    rows = {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in sorted(names)}
    seq, mac = end_of(connection)
    return Facts(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one(), rows, seq, mac)


def ready_files(connection: Connection) -> list[ReadyFile]:
    """Every file that is ready, by its key; none where the schema knows no files yet."""
    if not inspect(connection).has_table(str(StoredFile.__tablename__)):
        return []
    found = connection.execute(
        select(StoredFile.storage_key, StoredFile.size, StoredFile.digest, StoredFile.media_type)
        .where(col(StoredFile.state) == FileState.ready)
        .order_by(col(StoredFile.storage_key))
    )
    return [ReadyFile(*row) for row in found]


def printed_cards(connection: Connection) -> list[PrintedCard]:
    """One printed code for each state that a card with a plate in use is in."""
    firsts = (
        select(func.min(Plate.code))
        .join(Card, col(Card.id) == col(Plate.card_id))
        .where(col(Plate.withdrawn_at).is_(None))
        .group_by(col(Card.state))
    )
    found = connection.execute(
        select(col(Plate.code), col(Card.id), col(Card.state), col(Card.expires_on))
        .join(Card, col(Card.id) == col(Plate.card_id))
        .where(col(Plate.code).in_(firsts))
        .order_by(col(Plate.code))
    )
    return [PrintedCard(*row) for row in found]
