"""What waits about organisations: telephones that the pages of their cards should tell."""

from typing import Final

from sqlmodel import col

from api.access.permissions import Permission
from api.database import Work
from api.errors import Text
from api.organizations import queries
from api.todo.service import Item, Source
from models.organization import Organization


def _to_give_a_telephone(work: Work, organization: Organization) -> Item:
    text = Text(
        f"{organization.name}没有服务电话，扫码的群众无处可问，请补填。",
        f"{organization.name} has no telephone, so that residents have nobody to call: please add it.",
    )
    return Item(organization.id, organization.id, text, organization.created_at)


TELEPHONES: Final = Source(
    "telephone_missing",
    Organization,
    Permission.organization_write,
    lambda work, access: queries.without_telephone(access.select(work, Organization)),
    _to_give_a_telephone,
    (col(Organization.id),),
)
