"""What waits about transfers: members whom an organisation is to take in or to send back."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.database import Work
from api.errors import Text
from api.todo.service import Item, Source
from api.transfers import queries
from models.transfer import Transfer


def _to_decide(work: Work, transfer: Transfer, member: str, destination: str) -> Item:
    text = Text(
        f"{member}要转入{destination}，请接收或退回。",
        f"{member} is to move to {destination}: please accept or refuse.",
    )
    return Item(transfer.id, transfer.to_organization_id, text, transfer.created_at, transfer.due_on)


TRANSFERS: Final = Source(
    "transfer",
    Transfer,
    Permission.transfer_write,
    lambda work, access: queries.waiting(work, access, work.today),
    _to_decide,
    (col(Transfer.due_on), col(Transfer.id)),
)
