"""Who may ask for which operation, and what is done about nobody: each room writes it down once more beside its tests.

So neither the code nor this can be changed unseen. Where somebody may is another matter: outside his part of the tree, everything
is as if it were not there.
"""

import tomllib
from pathlib import Path
from typing import Any

PARTS: list[dict[str, Any]] = [
    tomllib.loads(part.read_text(encoding="utf-8")) for part in sorted(Path(__file__).parent.glob("*/authorization.toml"))
]
ROWS: list[dict[str, list[str]]] = [row for part in PARTS for row in part["may"]]
TABLE = {operation: frozenset(row["roles"]) for row in ROWS for operation in row["operations"]}
"""The roles that may ask for each operation."""
NOT_ABOUT_A_PERSON = {operation: why for part in PARTS for operation, why in part.get("not_about_a_person", {}).items()}
"""The operations that need not ask who may act about whom, and why."""
