"""What is done here about another person."""

from typing import Any
from uuid import UUID

from models.pledge import Pledge
from tests.access.person import ANY, WHY, Do, Person
from tests.conftest import Caller
from tests.pledges.asking import WRITTEN


def entered(do: Do) -> Do:
    """Something that whoever has entered somebody's pledge does in his place."""

    def as_enterer(caller: Caller, person: Person) -> Any:
        with person.district.work() as work:
            work.get_one(Pledge, person.pledge_id).entered_by = UUID(caller.account_id)
        return do(caller, person)

    return as_enterer


STATED = {name: WRITTEN[name] for name in ("content", "measure", "due_on", "visibility")}
OPERATIONS: dict[str, Do] = {
    "create_pledge": lambda by, one: by.post("/v1/pledges", json=WRITTEN | {"member_id": str(one.holder.member_id)}),
    "edit_pledge": entered(lambda by, one: by.patch(one.pledge, json={"weight": 2}, **ANY)),
    "delete_pledge": entered(lambda by, one: by.delete(one.pledge)),
    "submit_pledge": entered(lambda by, one: by.post(f"{one.pledge}/submit")),
    "amend_pledge": entered(lambda by, one: by.post(f"{one.pledge}/amend", json=STATED | WHY)),
    "claim_pledge": entered(lambda by, one: by.post(f"{one.pledge}/claim", json={"outcome": "fulfilled", "note": "见台账。"})),
    "withdraw_pledge": entered(lambda by, one: by.post(f"{one.pledge}/withdraw", json=WHY)),
    "add_progress": entered(lambda by, one: by.post(f"{one.pledge}/progress", json={"note": "走访了两户。"})),
    "withdraw_progress": entered(lambda by, one: by.post(f"{one.pledge}/progress/{one.progress_id}/withdraw", json=WHY)),
    "approve_pledge": lambda by, one: by.post(f"{one.pledge}/approve", json={}),
    "approve_pledges": lambda by, one: by.post("/v1/pledges/approve", json={"ids": [str(one.pledge_id)]}),
    "return_pledge": lambda by, one: by.post(f"{one.pledge}/return", json=WHY),
    "publish_pledge": lambda by, one: by.post(f"{one.pledge}/publish"),
    "publish_pledges": lambda by, one: by.post("/v1/pledges/publish", json={"ids": [str(one.pledge_id)]}),
    "confirm_pledge": lambda by, one: by.post(f"{one.pledge}/confirm"),
    "refuse_claim": lambda by, one: by.post(f"{one.pledge}/refuse-claim", json=WHY),
    "exempt_pledge": lambda by, one: by.post(f"{one.pledge}/exempt", json=WHY),
    "fail_pledge": lambda by, one: by.post(f"{one.pledge}/fail", json=WHY),
    "reopen_pledge": lambda by, one: by.post(f"{one.pledge}/reopen", json=WHY),
    "publish_progress": lambda by, one: by.post("/v1/pledges/progress/publish", json={"ids": [str(one.progress_id)]}),
    "evaluate_pledge": lambda by, one: by.post(f"{one.pledge}/evaluations", json={"source": "organization", "grade": "average"}),
    "show_words": lambda by, one: by.post(f"{one.rating}/show"),
    "hide_words": lambda by, one: by.post(f"{one.rating}/hide", json=WHY),
    "void_evaluation": lambda by, one: by.post(f"{one.rating}/void", json=WHY),
}
HIS_OWN = {
    *("create_pledge", "edit_pledge", "delete_pledge", "submit_pledge", "amend_pledge", "claim_pledge"),
    *("add_progress", "withdraw_progress"),
}
"""What everybody does about himself."""
UNTOLD = {"show_words", "hide_words", "void_evaluation"}
"""Of what it is about, nobody learns that it is there while it is about himself."""
