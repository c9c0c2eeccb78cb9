from datetime import date
from typing import Any

from sqlalchemy import JSON

from models.base import OwnedRecord, plain


class Campaign(OwnedRecord, table=True):
    """A call to pledge for the members of an organisation and of everything below it, with texts to begin from; over past `due_on`.

    Each of `templates` has `category`, `content`, `measure` and `due_on`.
    """

    title: str = plain(max_length=40)
    due_on: date = plain()
    templates: list[dict[str, Any]] = plain(sa_type=JSON)
