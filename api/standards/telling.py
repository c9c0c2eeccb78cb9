"""Versions and items as they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.database import Work
from api.files.copied import told
from api.standards import queries
from api.standards.rules import CONTENT, Content, Unfounded, state_of
from models.standard import Standard, StandardItem

PATH: Final = "/v1/standards"


@dataclass(frozen=True)
class Whole:
    """A version with its items, by their codes. `fields` are what is told of the version, `warnings` what is worth a look before it
    holds."""

    standard: Standard
    fields: dict[str, Any]
    items: Sequence[StandardItem]
    warnings: Sequence[Unfounded] = ()


def whole(work: Work, standard: Standard) -> Whole:
    """A version with all of its items."""
    return Whole(standard, describe(work, [standard])[0], queries.items(work, standard.id))


def describe(work: Work, standards: Sequence[Standard]) -> list[dict[str, Any]]:
    """Versions with their states as of today and how many items they have."""
    counts = queries.item_counts(work, [one.id for one in standards])
    standing = queries.in_force(work, work.today)
    return [
        one.model_dump()
        | {
            "item_count": counts.get(one.id, 0),
            "state": state_of(
                one.effective_on,
                is_withdrawn=one.withdrawn_at is not None,
                is_in_force=standing is not None and standing.id == one.id,
                today=work.today,
            ),
        }
        for one in standards
    ]


def content_of(item: StandardItem) -> Content:
    """What an item says, as strangers read it: its pictures by their digests, which are the same in every version."""
    said = {name: getattr(item, name) for name in CONTENT}
    return said | {"pictures": [told(one, f"{PATH}/pictures") for one in item.pictures]}


def contents_of(items: Sequence[StandardItem]) -> dict[str, Content]:
    """The same of many, each by its code."""
    return {item.code: content_of(item) for item in items}
