"""Which storage an installation has."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy.engine import make_url

from api.adapters.storage import Storage
from api.adapters.storage_folder import FolderStorage
from api.settings import Settings


def open_storage(settings: Settings) -> Storage:
    """The storage that the settings name. Nothing is written or asked before it is used."""
    if settings.storage_url is None:
        return FolderStorage(Path(make_url(settings.database_url).database or "").resolve().parent / "files")
    url = urlsplit(settings.storage_url)
    if url.scheme == "file":
        return FolderStorage(Path(unquote(url.path)))
    # Only those who use S3 pay the time that its library takes to load.
    from api.adapters.storage_s3 import S3Storage

    assert settings.storage_access_key and settings.storage_secret_key
    options: dict[str, Any] = dict(parse_qsl(url.query))
    return S3Storage(
        bucket=url.netloc,
        prefix=url.path.strip("/"),
        access_key=settings.storage_access_key.get_secret_value(),
        secret_key=settings.storage_secret_key.get_secret_value(),
        **options,
    )
