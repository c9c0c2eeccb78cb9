"""When a consent and a photo may be taken."""

from collections.abc import Mapping
from typing import ClassVar

from api.errors import Conflict, Fact, Text


class ConsentTextOutdated(Conflict):
    """Somebody agrees to words that are not the ones asked for now; `current_version` names those."""

    of_field: ClassVar[str | None] = "text_version"
    text: ClassVar[Text] = Text(
        "告知书已更新，请阅读新的版本后再同意。", "The text has been renewed. Read the newest version before agreeing."
    )
    tells: ClassVar[Mapping[str, Fact]] = {"current_version": Fact("the version of the text that is asked for", "photo-2")}

    def __init__(self, current: str) -> None:
        super().__init__(members={"current_version": current})


class NoConsent(Conflict):
    text: ClassVar[Text] = Text(
        "尚未取得本人同意，不能上传照片。请党员先在应用中同意，或签署书面同意后由书记登记。",
        "The member has not agreed to a photo. He may agree in the app, or sign on paper and have the secretary record it.",
    )


def check_version(named: str, current: str) -> None:
    """Raise `ConsentTextOutdated` unless the version that somebody agrees to is the current one."""
    if named != current:
        raise ConsentTextOutdated(current)
