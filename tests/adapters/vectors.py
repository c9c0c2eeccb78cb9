"""Published test vectors, which lie beside the project and are not part of it."""

import json
import os
import warnings
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("TEST_VECTORS") or Path(__file__).parents[3] / "shared" / "data" / "vectors")


def vectors(name: str) -> Any:
    """The content of one file of vectors. Its absence skips the test, with a warning that nobody overlooks, and fails it in CI."""
    path = FOLDER / name
    if not path.is_file():
        assert not os.environ.get("CI"), f"the vectors {path} are absent"
        warnings.warn(f"UNTESTED: the vectors {path} are absent; TEST_VECTORS names their folder", stacklevel=2)
        pytest.skip(f"{name} is absent")
    return json.loads(path.read_text())
