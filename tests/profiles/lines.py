"""Pledges and honours as a profile holds them, and as pages list them."""

from datetime import date
from typing import Any

from msgspec import convert

from api.profiles.rules import HonorTold, pledge_line
from api.profiles.sections import PledgeEntry


def pledge(number: int = 1, **told: Any) -> PledgeEntry:
    entry = {
        "id": f"019a0000-0000-7000-8000-{number:012}",
        "kind": "annual",
        "category": "service",
        "content": "给独居老人装好扶手",
        "measure": "六户都装好",
        "due_on": "2026-12-20",
        "year": 2026,
        "percent": 60,
        "state": "published",
        "is_claimed": False,
        "outcome_reason": None,
        "last_progress": None,
        "settled_on": None,
    }
    return convert(entry | told, PledgeEntry)


TODAY = date(2026, 11, 23)
PLEDGES = tuple(
    pledge_line(one, TODAY)
    for one in (
        pledge(1, last_progress={"happened_on": "2026-11-18", "note": "给王阿婆家装好了。"}),
        pledge(2, content="修好村口到石桥的路灯、排水沟和沿线的护栏，" * 8, due_on="2026-09-30", percent=0),
        pledge(3, content="修好村口路灯", percent=100, state="fulfilled", settled_on="2026-09-03"),
        pledge(4, percent=40, state="unfulfilled", settled_on="2026-08-31", outcome_reason="材料涨价，改到明年再做。"),
        pledge(5, percent=100, state="evaluated", settled_on="2026-06-30"),
        pledge(6, percent=20, state="exempted", settled_on="2026-06-30", outcome_reason="因病住院。"),
    )
)

HONORS = (
    HonorTold("2026年度实干之星", "town", "中共云岭镇委员会", "2026-06-28"),
    HonorTold(
        "在创建全国文明典范城市工作中做出突出贡献的优秀共产党员",
        "city",
        "中共明州市委直属机关工作委员会、明州市精神文明建设指导委员会",
        "2025-07-01",
    ),
)
