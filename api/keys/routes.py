"""The public keys that everything we sign is checked with."""

from fastapi import APIRouter, Response

from api.keys import schemas, service
from api.web.cors import FOR_ANYBODY
from api.web.dependencies import Reading
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/.well-known", tags=["keys"], route_class=HouseRoute)


@router.get("/jwks.json")
def list_keys(work: Reading, response: Response) -> schemas.KeySet:
    """The public keys that codes, status lists and packs are checked with (RFC 7517). Anybody may fetch them and keep them for
    five minutes; a new key stands here before it signs."""
    response.headers.update(FOR_ANYBODY | {"Cache-Control": "public, max-age=300"})
    return schemas.KeySet.model_validate({"keys": service.list_keys(work)})
