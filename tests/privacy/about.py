"""What is done here about another person."""

from tests.access.person import Do

OPERATIONS: dict[str, Do] = {
    "copy_data": lambda by, one: by.post(
        "/v1/privacy/copies", json={"member_id": str(one.holder.member_id), "reason": "asked_for"}
    ),
    "erase_data": lambda by, one: by.post(
        "/v1/privacy/erasures", json={"member_id": str(one.holder.member_id), "ground": "asked_for"}
    ),
}
