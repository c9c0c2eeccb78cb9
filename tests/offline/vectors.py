"""The published vectors as they are committed, read with nothing but the checker's own readers."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from api.adapters.jose import InvalidToken, PublicKey
from api.offline.checker import Checked, check
from api.offline.reading import read_key_set
from api.packs import token as packs
from api.packs.token import Pack
from api.status_lists import token as lists
from api.status_lists.token import ReadList

T = TypeVar("T")

FOLDER = Path(__file__).parents[2] / "openapi" / "vectors"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "codes.json").read_text(encoding="utf-8"))["cases"]


@dataclass(frozen=True)
class Hand:
    """What a checker has at hand; files that are not to be believed are left out."""

    keys: dict[int, PublicKey]
    lists: list[ReadList]
    packs: list[Pack]

    def check(self, text: str, at: datetime) -> Checked:
        return check(text, keys=self.keys, lists=self.lists, packs=self.packs, at=at)


def hand(list_names: Iterable[str], pack_names: Iterable[str]) -> Hand:
    """The key set, and of these files those that are to be believed."""
    keys = read_key_set((FOLDER / "jwks.json").read_text(encoding="utf-8"))
    return Hand(
        keys,
        list(_believed(list_names, lambda token: lists.read(token, keys.values()))),
        list(_believed(pack_names, lambda token: packs.read(token, keys.values()))),
    )


def _believed(names: Iterable[str], read: Callable[[str], T]) -> Iterator[T]:
    for name in names:
        try:
            yield read((FOLDER / name).read_text(encoding="utf-8"))
        except InvalidToken:
            continue


def at_of(case: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(case["at"])
