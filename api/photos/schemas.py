from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from api.adapters.typed_text import legible
from api.errors import Text
from api.pagination import MOST_OF_ONE
from api.photos.service import PhotoOfMember
from api.photos.words import ConsentText
from api.schemas import RecordShown, Shown, Written, example
from models.enums import ConsentKind, ConsentSource

ID = "0192f0c1-e5a8-7cc2-8d7e-1f6a2b3c4d5e"
CONSENT = {
    "id": ID,
    "member_id": ID,
    "member_name": "王秀兰",
    "kind": "photo",
    "text_version": "photo-1",
    "source": "in_app",
    "given_at": "2026-11-23T02:00:00Z",
    "withdrawn_at": None,
    "created_at": "2026-11-23T02:00:00Z",
    "updated_at": "2026-11-23T02:00:00Z",
    "version": 1,
}


class ConsentWords(Shown):
    handler: str
    what: str
    purpose: str
    seen_by: str
    kept: str
    voluntary: str
    withdraw: str


class ConsentTextShown(Shown):
    kind: ConsentKind
    version: str = Field(description="name it when agreeing")
    zh: ConsentWords = Field(description="the words that count")
    en: ConsentWords

    @classmethod
    def of(cls, kind: ConsentKind, text: ConsentText) -> "ConsentTextShown":
        parts: dict[str, Text] = {name: getattr(text, name) for name in ConsentWords.model_fields}
        return cls(
            kind=kind,
            version=text.version,
            zh=ConsentWords(**{name: part.zh for name, part in parts.items()}),
            en=ConsentWords(**{name: part.en for name, part in parts.items()}),
        )


class ConsentTexts(Shown):
    model_config = example(
        items=[
            {
                "kind": "photo",
                "version": "photo-1",
                "zh": {name: "……" for name in ConsentWords.model_fields},
                "en": {name: "..." for name in ConsentWords.model_fields},
            }
        ]
    )

    items: list[ConsentTextShown]


TextVersion = Annotated[str, StringConstraints(max_length=20), AfterValidator(legible)]


class ConsentGive(Written):
    model_config = example(kind="photo", text_version="photo-1")

    kind: ConsentKind
    text_version: TextVersion = Field(description="the version of the text that was read")


class ConsentWrite(Written):
    model_config = example(member_id=ID, kind="photo", text_version="photo-1")

    member_id: UUID
    kind: ConsentKind
    text_version: TextVersion = Field(description="the version of the text that was signed")


class ConsentWithdraw(Written):
    model_config = example(kind="photo")

    kind: ConsentKind


class ConsentShown(RecordShown):
    model_config = example(**CONSENT)

    id: UUID
    member_id: UUID
    member_name: str
    kind: ConsentKind
    text_version: str
    source: ConsentSource
    given_at: AwareDatetime
    withdrawn_at: AwareDatetime | None = Field(description="since when it no longer stands; null while it does")


class Consents(Shown):
    model_config = example(items=[CONSENT])

    items: list[ConsentShown] = Field(max_length=MOST_OF_ONE)


class PhotoShown(Shown):
    model_config = example(
        member_id=ID,
        member_name="王秀兰",
        media_type="image/jpeg",
        size=48_213,
        width=600,
        height=800,
        digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        created_at="2026-11-23T02:00:00Z",
        updated_at="2026-11-23T02:00:00Z",
        version=1,
    )

    member_id: UUID
    member_name: str
    media_type: str
    size: int = Field(description="bytes")
    width: int
    height: int
    digest: str = Field(description="SHA-256 of the photo as it is kept, in hexadecimal; stands in the ETag of the photo itself")
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int = Field(description="grows with each photo that takes the place of another")

    @classmethod
    def of(cls, found: PhotoOfMember, photo: Mapping[str, Any]) -> "PhotoShown":
        """`photo` has its fields, with the member's name beside his key."""
        told = found.file.model_dump(include={"media_type", "size", "width", "height", "digest"})
        return cls.model_validate({**photo, **told})
