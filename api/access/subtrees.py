"""An organisation held together with everything below it."""

from collections.abc import Callable
from uuid import UUID

from sqlmodel import col, or_, select

from api.access.scope import Lock, hold_organizations, locking, within
from api.database import Work
from api.errors import Unavailable
from models.organization import Organization

TRIES = 3
"""How often a subtree is looked for that others move meanwhile."""


def hold_subtree(work: Work, find: Callable[[], Organization], *others: UUID, lock: Lock = Lock.for_change) -> Organization:
    """The organisation that `find` loads, once it and everything below it are held, together with others, in the order of their
    keys. What `find` raises is raised before anything is held. Raises `Unavailable` where it is moved again and again meanwhile."""
    if work.is_sqlite:
        return find()
    for _ in range(TRIES):
        with work.begin_nested() as attempt:
            top = find()
            work.refresh(top)
            held = select(Organization.id).where(or_(within(top), col(Organization.id).in_(others))).order_by(col(Organization.id))
            if top.id in work.exec(locking(work, held, Organization, lock=lock)).all():
                # Whoever held them may have changed what was read of them before.
                hold_organizations(work, col(Organization.id).in_((top.id, *others)), lock)
                return top
            # Whoever has moved it is done. What is held already is let go, to be held again in its order.
            attempt.rollback()
    raise Unavailable(retry_after=1)
