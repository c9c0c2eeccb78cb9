"""What a reader without a network carries along of an organisation's cards."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import NotFound
from api.packs import service, token
from api.status_lists.service import Signing
from api.web.answers import answers, raw
from api.web.dependencies import HouseDep, OriginDep, Writing, requires
from api.web.idempotency import HouseRoute

router = APIRouter(prefix=token.PATH, tags=["packs"], route_class=HouseRoute)

PACK = raw(
    token.MEDIA_TYPE,
    "The pack; `openapi/vectors/README.md` tells what stands in it",
    binary=False,
    example="eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIifQ.c2ln",
)


PackAccess = Annotated[Access, requires(Permission.pack_read, step_up=True)]


def get_pack(organization_id: UUID, access: PackAccess, house: HouseDep, origin: OriginDep) -> service.SignedPack:
    return service.sign_pack(house.database, origin, access, organization_id, Signing(house.keys, house.settings.base_url))


# Stands before `Writing` in a signature, so that the pack is made before the transaction begins that tells of it.
MadePack = Annotated[service.SignedPack, Depends(get_pack)]


@router.get("/{organization_id}", responses=answers(NotFound) | PACK, response_class=Response)
def fetch_pack(access: PackAccess, made: MadePack, work: Writing) -> Response:
    """What a reader without a network must know of the cards that one organisation has issued: a signed token, good for a day.

    It names the organisation's members, so keep it on the reader alone. That it was fetched, and by whom, stands in the audit
    trail.
    """
    signed = service.fetch_pack(work, access, made)
    return Response(signed, media_type=token.MEDIA_TYPE, headers={"Cache-Control": "no-store"})
