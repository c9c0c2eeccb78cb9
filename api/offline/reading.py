"""What a reader holds, read from the texts in which it was fetched."""

from collections.abc import Mapping

from api.adapters.jose import PublicKey
from api.foreign import read_json
from api.keys.rules import SLOTS


def read_key_set(text: str) -> dict[int, PublicKey]:
    """The ES256 keys of a key set (RFC 7517) by their slots; keys of other kinds are passed over.

    ValueError for what is no key set, and for a key that is not what its `kid` says, or two in one slot.
    """
    try:
        members = read_json(text)["keys"]
        read = [_slot_and_key(one) for one in members if one.get("kty") == "EC" and one.get("crv") == "P-256" and "slot" in one]
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("not a key set") from None
    keys = dict(read)
    if len(keys) != len(read):
        raise ValueError("two keys in one slot")
    return keys


def _slot_and_key(member: Mapping[str, object]) -> tuple[int, PublicKey]:
    slot, key = member["slot"], PublicKey.from_text(str(member["x"]), str(member["y"]))
    if type(slot) is not int or not 0 <= slot < SLOTS or member.get("kid") != key.thumbprint:
        raise ValueError("a key is not what its kid and slot say")
    return slot, key
