"""What somebody else may have written, read so that whatever he wrote is answered by one kind of error."""

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """What a JSON text says. ValueError for what is none, for bytes that are not its UTF, and for what is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
