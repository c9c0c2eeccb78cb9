"""How long a pack is good, and after how long its knowledge counts as old (`card-codes.md`)."""

from typing import Final

from api.keys.rules import LONGEST_SIGNED
from api.status_lists.rules import TTL as LIST_TTL

LIFETIME: Final = LONGEST_SIGNED
TTL: Final = LIST_TTL
"""After that long a reader says how old its knowledge is: what it knows of plates it knows from packs alone."""
