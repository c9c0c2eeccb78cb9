"""Amendments: a new text beside the standing one, until it is published in its place."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.access.scope import Access
from api.database import Work
from api.pledges import rules
from api.pledges.holding import hold_pledge
from api.pledges.reviewers import act_as_author, review_place
from api.pledges.rules import Action
from api.pledges.service import add_text, next_no
from api.versions import Expected
from models.pledge import Pledge


def amend_pledge(work: Work, access: Access, pledge_id: UUID, stated: Mapping[str, Any], reason: str, expected: Expected) -> Pledge:
    """Propose another text of a published pledge; `stated` has `content`, `measure`, `due_on` and `visibility`.

    Raises `NotFound`, what `act_as_author` does, `NotInThisState` or `OtherYear`.
    """
    held = hold_pledge(work, access, pledge_id)
    pledge = held.pledge
    act_as_author(work, access, pledge)
    expected.check(pledge)
    rules.after(Action.amend, held.facts(pledge), work.today)
    rules.check_amendment(stated["due_on"], pledge.year)
    place_id = review_place(work, pledge, held.member)
    add_text(work, access, held, stated, reason)
    pledge.amendment_no, pledge.review_organization_id = next_no(held), place_id
    work.record("amend_pledge", pledge, text_no=pledge.amendment_no)
    work.flush()
    return pledge
