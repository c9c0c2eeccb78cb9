from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.adapters.storage import UploadForm
from api.schemas import RecordShown, Shown, Written, example
from models.enums import FilePurpose, FileState
from models.file import StoredFile

FILE = {
    "id": "0192f0c1-e5a8-7cc2-8d7e-1f6a2b3c4d5e",
    "purpose": "attachment",
    "state": "ready",
    "media_type": "image/jpeg",
    "size": 184_213,
    "width": 1536,
    "height": 2048,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-11-23T02:00:00Z",
    "updated_at": "2026-11-23T02:00:03Z",
    "version": 1,
}


class SentType(StrEnum):
    """What a picture that is brought may be; whatever it is, it is kept as JPEG."""

    jpeg = "image/jpeg"
    png = "image/png"
    webp = "image/webp"


class UploadWrite(Written):
    model_config = example(media_type="image/jpeg")

    media_type: SentType


class FileShown(RecordShown):
    model_config = example(**FILE)

    id: UUID
    purpose: FilePurpose
    state: FileState
    media_type: str
    size: int = Field(description="bytes; 0 while it is awaited")
    width: int | None
    height: int | None
    digest: str | None = Field(description="SHA-256 of the picture as it is kept, in hexadecimal")


class FormShown(Shown):
    url: str = Field(description="where to POST the fields and then, last of all, `file`, as multipart/form-data")
    fields: dict[str, str]


class UploadBegun(Shown):
    model_config = example(
        file={**FILE, "state": "awaited", "size": 0, "width": None, "height": None, "digest": None},
        form={"url": "/v1/files/uploads/0192f0c1-e5a8-7cc2-8d7e-1f6a2b3c4d5e/content", "fields": {}},
        complete_until="2026-11-23T03:00:00Z",
    )

    file: FileShown
    form: FormShown = Field(
        description="a `url` that begins with / is our own and wants the access token; any other is the store's and must not get it"
    )
    complete_until: AwareDatetime

    @classmethod
    def of(cls, file: StoredFile, form: UploadForm | None) -> "UploadBegun":
        told = (
            FormShown(url=form.url, fields=dict(form.fields))
            if form
            else FormShown(url=f"/v1/files/uploads/{file.id}/content", fields={})
        )
        assert file.awaited_until
        return cls(file=FileShown.model_validate(file), form=told, complete_until=file.awaited_until)
