"""Making the plates that a batch lacks."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from api.access.scope import Access, Lock
from api.cards import plates
from api.database import Work
from api.errors import NotFound, Unavailable
from api.printing import choosing, queries, rules
from api.printing.choosing import Chosen
from api.printing.drawing import Paper
from api.printing.queries import OneItem, Person


def make_missing(work: Work, access: Access | None, chosen: Chosen, paper: Paper) -> Chosen:
    """The batch with the plates that it lacks. Whose they are is held, and they are chosen anew, since another batch may have made
    them meanwhile: so two never make the same ones.

    Raises as `create_print_batch` does.
    """
    lacking = [person.member_id for person in _lacking(chosen.items)]
    if not lacking:
        choosing.find_top(work, access, chosen.asked, Lock.kept)
        return chosen
    queries.hold_homes(work, chosen.asked.organization_id, lacking)
    top = choosing.find_top(work, access, chosen.asked)
    try:
        found, left, cards = choosing.choose_members(work, access, top, replace(chosen.asked, member_ids=lacking), paper)
    except NotFound as error:
        raise Unavailable(retry_after=1) from error
    to_make = _lacking(found)
    made = plates.add_plates(work, [cards[person.member_id] for person in to_make], rules.plate_kind(chosen.asked.kind))
    theirs: dict[UUID, list[OneItem]] = {}
    for item in (*found, *map(choosing.item_of, to_make, made)):
        if item.person and item.plate_id:
            theirs.setdefault(item.person.member_id, []).append(item)
    items: list[OneItem] = []
    for item in chosen.items:
        items += theirs.get(item.person.member_id, ()) if item.person and item.plate_id is None else (item,)
    if len(items) > rules.MOST_PLATES:
        raise rules.TooManyPlates
    complete = replace(chosen, items=items, left=[*chosen.left, *left], made=len(made))
    complete.check()
    return complete


def _lacking(items: Sequence[OneItem]) -> list[Person]:
    """Whose plates are to be made."""
    return [item.person for item in items if item.person and item.plate_id is None]
