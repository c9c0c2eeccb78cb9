"""What may be brought, for how long it is awaited, and what is swept away."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from api.errors import Conflict, Fact, Invalid, NotFound, Refusal, Text
from models.enums import FilePurpose

FORM_LIFETIME = timedelta(minutes=15)
"""How long a form for bringing a file is good."""
AWAITED = timedelta(hours=1)
"""How long a file is awaited; what comes at the end of the form's time may still be looked at."""
LEFT_OVER = timedelta(days=1)
"""After this a file that belongs to nothing, or an object that no row knows, is swept away; never before, since the object comes
first and its row after it."""
LONGEST_BACKUP = timedelta(days=1)
"""For so long the object of a file that was removed stays where it is: a backup lists the files first and reads them afterwards."""
UNUSED_AT_ONCE = 20
"""How many files one account may bring without attaching them to anything."""

INCOMING = "incoming"
"""Where lie the objects that nobody has looked at yet."""
PROBES = "check"
"""Where lie, for a moment, the objects by which a storage is tried."""
FOLDERS = tuple(f"{folder}/" for folder in (INCOMING, PROBES, *FilePurpose))
"""Where objects of files lie. What else lies in the same storage is nothing that a row of a file or the sweep disposes of."""


def is_of_a_file(key: str) -> bool:
    """Whether an object may be that of a file, by where it lies."""
    return key.startswith(FOLDERS)


class TooManyFiles(Conflict):
    text: ClassVar[Text] = Text(
        "您已上传多张尚未使用的图片，请先使用它们，或明天再试。",
        "You have brought many pictures that are not used yet. Use them first, or try again tomorrow.",
    )


class NotBroughtYet(Conflict):
    text: ClassVar[Text] = Text("照片还没有上传，请先上传再提交。", "The picture has not been brought yet. Upload it first.")


class UploadIsOver(Conflict):
    text: ClassVar[Text] = Text("这次上传已经结束或超时，请重新开始上传。", "This upload is over. Begin a new one.")


class UploadRefused(Invalid):
    """What was brought is no picture that can be kept, and is removed; the sentence and `why` are those of the picture's fault."""

    text: ClassVar[Text] = Text(
        "上传的照片不能接受，已删除，请重新上传。", "What was brought cannot be kept and is removed. Begin anew."
    )
    tells: ClassVar[Mapping[str, Fact]] = {"why": Fact("the code of the fault in the picture", "not_a_picture")}
    leaves_trace: ClassVar[bool] = True

    def __init__(self, why: Refusal) -> None:
        super().__init__(members={"why": why.code()})
        self.why = why

    def sentence(self) -> Text:
        return self.why.sentence()


class NotYourFile(NotFound):
    text: ClassVar[Text] = Text(
        "所附图片不存在、已被使用或不是您上传的，请重新上传。",
        "A picture that you attach is missing, used already or not yours. Upload it again.",
    )


def is_overdue(awaited_until: datetime | None, now: datetime) -> bool:
    """Whether a file that was to be brought is no longer awaited."""
    return awaited_until is None or awaited_until < now


def may_be_swept(modified_at: datetime, now: datetime) -> bool:
    """Whether an object that no row knows is old enough to be nobody's."""
    return now - modified_at > LEFT_OVER
