from pydantic import Field

from api.schemas import Shown


class StatusLists(Shown):
    """The aggregation of the IETF draft: where each status list is published."""

    status_lists: list[str] = Field(examples=[["https://lx.example.gov.cn/v1/status-lists/0"]])
