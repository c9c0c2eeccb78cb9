"""Verbs that are applied to many things at once: what can be done is done, and of each other thing it is told why not."""

from dataclasses import dataclass, field
from uuid import UUID

from api.errors import Refusal


@dataclass
class Bulk:
    """What became of the things, by their keys. Who was skipped would have been refused so, asked for alone."""

    done: list[UUID] = field(default_factory=list)
    skipped: list[tuple[UUID, type[Refusal]]] = field(default_factory=list)
