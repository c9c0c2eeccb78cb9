from typing import Final

from models import metadata

NAMES: Final = (*metadata.tables, "alembic_version")
"""The tables that the migrations make. Of an older schema some are not there yet."""
