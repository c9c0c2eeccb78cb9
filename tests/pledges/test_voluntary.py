from uuid import UUID

from models.enums import Role
from models.member import Member
from tests.conftest import Caller, District
from tests.pledges.kept import keep_member


def free(caller: Caller, member_id: UUID, *, whether: bool = True) -> int:
    url = f"/v1/members/{member_id}"
    tag = caller.get(url).headers["ETag"]
    return int(caller.patch(url, json={"pledges_voluntary": whether}, headers={"If-Match": tag}).status_code)


def test_pledging_is_left_free_to_a_member_by_another_and_never_by_himself(district: District) -> None:
    key = keep_member(district, "B11")
    deputy = district.sign_in(Role.deputy, "B11")
    assert free(deputy, key) == 200
    assert deputy.get(f"/v1/members/{key}").json()["pledges_voluntary"] is True
    assert free(deputy, key, whether=False) == 200
    herself = district.sign_in(Role.secretary, "B11", member_id=key)
    assert free(herself, key) == 403
    own = district.sign_in(Role.member, "B12", member_id=keep_member(district, "B12"))
    asked = own.post("/v1/corrections", json={"changes": {"pledges_voluntary": True}})
    assert asked.status_code == 422
    with district.work() as work:
        assert not work.get_one(Member, key).pledges_voluntary
