"""Nobody's change is overwritten unseen: a changed row's version must be the one that the client read.

The UPDATE itself says so once more (`models/base.py`), for who has loaded a row without a lock.
"""

from dataclasses import dataclass

from sqlalchemy.orm import object_session

from api.errors import Invalid, PreconditionFailed, PreconditionRequired, Text
from models.base import Record


class BadIfMatch(Invalid):
    text = Text(
        'If-Match 中应是读取时得到的 ETag，连同双引号，例如 "3"。',
        'If-Match takes the ETag that you read, in its double quotes, as in "3".',
    )


@dataclass(frozen=True)
class Expected:
    """The versions that the client says it has read: None when it says nothing; `any_version` when it said `*`."""

    versions: frozenset[int] | None
    required: bool
    any_version: bool = False

    def check(self, record: Record) -> None:
        """Raise `PreconditionFailed` if the row has moved on, `PreconditionRequired` if the client must say and did not."""
        if self.any_version:
            return
        if self.versions is None:
            if self.required:
                raise PreconditionRequired
            return
        if record.version not in self.versions:
            raise PreconditionFailed


def etag(record: Record) -> str:
    """The entity tag of a row (RFC 9110, section 8.8.3), to which the tag of an answer that shows it adds what is shown.

    Raises `RuntimeError` for a row with changes that have not been flushed: it would be given the tag of what it was before.
    """
    session = object_session(record)
    if session is not None and (record in session.new or session.is_modified(record)):
        raise RuntimeError(f"{record.__tablename__}: flush before telling its version")
    return f'"{record.version}"'
