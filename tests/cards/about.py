"""What is done here about another person."""

from tests.access.person import WHY, Do

OPERATIONS: dict[str, Do] = {
    "suspend_card": lambda by, one: by.post(f"{one.card}/suspend", json=WHY),
    "resume_card": lambda by, one: by.post(f"{one.card}/resume", json=WHY),
    "revoke_card": lambda by, one: by.post(f"{one.card}/revoke", json=WHY),
    "expire_card": lambda by, one: by.post(f"{one.card}/expire", json=WHY),
    "renew_card": lambda by, one: by.post(f"{one.card}/renew", json=WHY),
    "reissue_card": lambda by, one: by.post(f"{one.card}/reissue", json=WHY),
    "make_plate": lambda by, one: by.post(f"{one.card}/plates", json={"kind": "name_badge"}),
    "withdraw_plate": lambda by, one: by.post(f"{one.card}/plates/{one.holder.plate_id}/withdraw", json=WHY),
    "replace_plate": lambda by, one: by.post(f"{one.card}/plates/{one.holder.plate_id}/replace", json=WHY),
}
