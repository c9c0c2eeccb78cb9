"""Who may ask for which operation, and what is done about nobody: each room writes it down once more beside its tests.

So neither the code nor this can be changed unseen. Where somebody may is another matter: outside his part of the tree, everything
is as if it were not there.
"""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

from models.enums import Role
from tests.access.person import Do

HERE = Path(__file__).parent
PARTS: list[dict[str, Any]] = [
    tomllib.loads(part.read_text(encoding="utf-8")) for part in sorted(HERE.glob("*/authorization.toml"))
]
ROWS: list[dict[str, list[str]]] = [row for part in PARTS for row in part["may"]]


class Table(dict[str, frozenset[str]]):
    def __missing__(self, operation: str) -> frozenset[str]:
        raise AssertionError(f"{operation} is missing: {ROW.format(operation)}")


ROW = (
    "write into tests/ROOM/authorization.toml, beside the tests of its room, a row [[may]] with roles = [...], who may ask for "
    'it, and operations = ["{}"]'
)
TABLE = Table((operation, frozenset(row["roles"])) for row in ROWS for operation in row["operations"])
"""The roles that may ask for each operation."""
NOT_ABOUT_A_PERSON = {operation: why for part in PARTS for operation, why in part.get("not_about_a_person", {}).items()}
"""The operations that need not ask who may act about whom, and why."""
ROOMS = [import_module(f"tests.{part.parent.name}.about") for part in sorted(HERE.glob("*/about.py"))]
ABOUT_A_PERSON: dict[str, Do] = {operation: do for room in ROOMS for operation, do in room.OPERATIONS.items()}
"""The operations that ask who may act about whom, each as somebody does it about a `Person`."""
HIS_OWN: set[str] = set().union(*(getattr(room, "HIS_OWN", ()) for room in ROOMS))
"""Of these, what everybody does about himself."""
UNTOLD: set[str] = set().union(*(getattr(room, "UNTOLD", ()) for room in ROOMS))
"""Of what these are about, nobody learns that it is there while it is about himself."""


def about_oneself(operation: str) -> str:
    return "not_found" if operation in UNTOLD else "about_oneself"


def asked_about(role: Role) -> list[str]:
    """The operations about another that a role may ask for."""
    return [operation for operation in ABOUT_A_PERSON if role in TABLE[operation]]
