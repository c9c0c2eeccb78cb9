from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, Field

from api.schemas import Shown, example


class TodoItem(Shown):
    kind: str = Field(description="a stable word for what is to be decided", examples=["transfer"])
    target_type: str = Field(description="what sort of thing it is about, such as a card that is lost", examples=["transfer"])
    target_id: UUID = Field(description="the thing itself, such as the transfer")
    organization_id: UUID
    organization_name: str = Field(examples=["石桥村第一党支部"])
    text: str = Field(examples=["王秀兰要转入石桥村第一党支部，请接收或退回。"])
    since: AwareDatetime
    due_on: date | None
    is_overdue: bool


class TodoShown(Shown):
    model_config = Shown.model_config | example(
        total=1,
        counts={"transfer": 1},
        counts_capped=[],
        items=[
            {
                "kind": "transfer",
                "target_type": "transfer",
                "target_id": "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e",
                "organization_id": "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0f",
                "organization_name": "石桥村第一党支部",
                "text": "王秀兰要转入石桥村第一党支部，请接收或退回。",
                "since": "2026-11-23T02:15:30Z",
                "due_on": "2026-12-23",
                "is_overdue": False,
            }
        ],
    )

    total: int = Field(description="the sum of the counts")
    counts: dict[str, int] = Field(description="how many wait of each kind, also where only the first fifty are listed")
    counts_capped: list[str] = Field(description="the kinds of which more than a thousand wait: of these the count is a thousand")
    items: list[TodoItem] = Field(description="what is due first, then what has waited longest")
