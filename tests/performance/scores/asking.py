"""How scores are asked for."""

from typing import Any
from uuid import UUID

from tests.conftest import Caller
from tests.performance.scores.kept import YEAR

URL, ENTRIES, APPEALS = "/v1/scores", "/v1/scores/entries", "/v1/appeals"
WHY = {"reason": "见支部记录"}


def enter(by: Caller, member_id: UUID, section: str = "base", points: Any = 2, **more: Any) -> Any:
    body = {"member_id": str(member_id), "year": YEAR, "section": section, "happened_on": f"{YEAR}-01-01", **WHY, **more}
    return by.post(ENTRIES, json=body | ({} if points is None else {"points": points}))


def entered(by: Caller, member_id: UUID, section: str = "base", points: Any = 2, **more: Any) -> str:
    """The key of something that somebody has entered."""
    answer = enter(by, member_id, section, points, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def reverse(by: Caller, key: str) -> Any:
    return by.post(f"{ENTRIES}/{key}/reverse", json=WHY)


def appeal(by: Caller, key: str, **more: Any) -> Any:
    return by.post(f"{ENTRIES}/{key}/appeal", json={"reason": "当天请过假。", **more})


def appealed(by: Caller, key: str, **more: Any) -> str:
    """The key of an appeal against an entry."""
    answer = appeal(by, key, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def decide(by: Caller, key: str, decision: str, **more: Any) -> Any:
    return by.post(f"{APPEALS}/{key}/decide", json={"decision": decision, **WHY}, **more)


def decided(by: Caller, key: str, decision: str) -> dict[str, Any]:
    answer = decide(by, key, decision)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def score(by: Caller, member_id: UUID | None = None, year: int = YEAR) -> dict[str, Any]:
    """A member's score, or one's own."""
    answer = by.get(f"{URL}/{member_id or 'mine'}", params={"year": year})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def chosen(by: Caller, scheme: str, year: int = YEAR) -> Any:
    return by.post(f"{URL}/years", json={"year": year, "scheme": scheme, "reason": "区里统一要求"})
