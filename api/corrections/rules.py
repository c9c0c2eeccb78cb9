"""Who may decide about a correction, and until when."""

from typing import ClassVar

from api.errors import Conflict, Invalid, Text


class AlreadyAsked(Conflict):
    breaks = "uq_correction_request_open"
    text: ClassVar[Text] = Text(
        "您已有一份更正申请正在等待处理，请先撤回或等待处理结果。",
        "A correction that you asked for is still waiting; withdraw it, or wait until it is decided.",
    )


class NothingToCorrect(Invalid):
    text: ClassVar[Text] = Text("填写的内容与现有资料相同，没有需要更正的。", "What you ask for is what the record says already.")


class NoLongerFits(Conflict):
    text: ClassVar[Text] = Text(
        "申请的内容与现在的资料矛盾，不能采纳。请退回申请，或先核对资料。",
        "What is asked for contradicts the record as it is now. Refuse the request, or look at the record first.",
    )
