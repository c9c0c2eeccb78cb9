"""Who may decide about a correction, and until when."""

from typing import ClassVar

from api.errors import Conflict, Invalid, Text


class NothingToCorrect(Invalid):
    of_field: ClassVar[str | None] = "changes"
    text: ClassVar[Text] = Text("填写的内容与现有资料相同，没有需要更正的。", "What you ask for is what the record says already.")


class NoLongerFits(Conflict):
    text: ClassVar[Text] = Text(
        "申请的内容与现在的资料矛盾，不能采纳。请退回申请，或先核对资料。",
        "What is asked for contradicts the record as it is now. Refuse the request, or look at the record first.",
    )
