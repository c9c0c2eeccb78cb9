"""What is done here about another person."""

from tests.access.person import WHY, Do

OPERATIONS: dict[str, Do] = {
    "accept_correction": lambda by, one: by.post(f"/v1/corrections/{one.correction_id}/accept"),
    "refuse_correction": lambda by, one: by.post(f"/v1/corrections/{one.correction_id}/refuse", json=WHY),
}
