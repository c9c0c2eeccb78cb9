from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import col, select

from api.access.names import name_display
from api.cards.rules import LIVING
from api.database import Work
from models.card import Card, Plate
from models.enums import NameDisplay
from models.file import StoredFile
from models.member import Member
from models.organization import Organization
from models.photo import Photo


class Living(NamedTuple):
    """A living card with its holder, how strangers read his name, one of its plates that has not been withdrawn, and the digest of
    his photo."""

    card: Card
    member: Member
    name_display: NameDisplay
    plate: Plate | None
    photo_digest: str | None


def living_cards(work: Work, organization_id: UUID) -> list[Living]:
    """The living cards that an organisation has issued, once for each of their plates: one statement, so that it is one moment."""
    query: Any = (
        select(Card, Member, name_display(), Plate)
        .add_columns(col(StoredFile.digest))
        .join(Member, col(Member.id) == col(Card.member_id))
        .join(Organization, col(Organization.id) == col(Member.organization_id))
        .outerjoin(Plate, (col(Plate.card_id) == col(Card.id)) & col(Plate.withdrawn_at).is_(None))
        .outerjoin(Photo, col(Photo.member_id) == col(Member.id))
        .outerjoin(StoredFile, col(StoredFile.id) == col(Photo.file_id))
        .where(col(Card.organization_id) == organization_id, col(Card.state).in_(LIVING))
        .order_by(col(Card.id), col(Plate.id))
    )
    return [Living(*row) for row in work.exec(query)]
