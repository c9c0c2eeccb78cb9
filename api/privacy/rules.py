"""Why what is kept of somebody is not given out, or not erased."""

from typing import ClassVar

from api.errors import Conflict, Text


class StillMember(Conflict):
    title: ClassVar[Text | None] = Text("此人仍是党员。", "This person still is a member.")
    text: ClassVar[Text] = Text(
        "此人仍是本组织的党员，其信息是党员管理所必需的。请先办理离开，再删除。",
        "This person still is a member here, and the record is needed as long as that lasts. Record the leaving first, then erase.",
    )
