"""Numbered editions that never change once published, and the draft of the next: what rooms with such a thing share."""

import secrets
from typing import ClassVar

from api.errors import Conflict, Invalid, Text


class DraftExists(Conflict):
    text: ClassVar[Text] = Text(
        "已有一份草案，请先发布或删除它。", "There is a draft already. Publish or delete it before you begin another."
    )


class NoItems(Invalid):
    text: ClassVar[Text] = Text("草案中还没有任何条目，不能发布。", "The draft has no items yet, so it cannot be published.")


def new_token() -> str:
    """A token that names an edition as it is at one time, of at most 64 URL-safe characters."""
    return secrets.token_urlsafe(18)
