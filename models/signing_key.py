from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary

from models.base import Record, plain


class SigningKey(Record, table=True):
    """An ES256 key that signs dynamic codes, status lists and packs from `signs_from` on. Codes know it by its slot, the key set
    by its RFC 7638 thumbprint."""

    __tablename__ = "signing_key"
    __table_args__ = (CheckConstraint("slot BETWEEN 0 AND 255", name="slot_is_8_bits"),)

    slot: int = plain(unique=True)
    thumbprint: str = plain(max_length=43, unique=True)
    public_x: str = plain(max_length=43)
    public_y: str = plain(max_length=43)
    private_sealed: bytes = plain(sa_type=LargeBinary)
    signs_from: datetime = plain()
    withdrawn_at: datetime | None = plain(default=None)
