"""Where in the status lists a card stands. The place must not tell when the card was issued, nor which were issued with it."""

from functools import lru_cache
from hashlib import shake_256
from typing import Final

from api.status_lists.rules import SIZE

LIST_BITS: Final = SIZE.bit_length() - 1

_HALF: Final = LIST_BITS // 2
_ROUNDS: Final = 10


def place_of(counter: int, key: bytes) -> tuple[int, int]:
    """Give the list and the index in it of the card that was issued as number `counter`, from 0.

    Lists fill one after the other; within one, `key` (32 bytes) decides the order, by a balanced Feistel network of ten rounds
    (as many as NIST SP 800-38G takes), so that no two counters share a place. ValueError past the last of 65,536 lists.
    """
    status_list, index = divmod(counter, 1 << LIST_BITS)
    if not 0 <= status_list < 1 << 16:
        raise ValueError("there is no such place in the status lists")
    left, right = divmod(index, 1 << _HALF)
    for scrambled in _rounds(status_list, key):
        left, right = right, left ^ scrambled[right]
    return status_list, left << _HALF | right


@lru_cache(maxsize=8)
def _rounds(status_list: int, key: bytes) -> tuple[tuple[int, ...], ...]:
    """The round functions of one list as tables: for every half, ten random bits out of SHAKE256 keyed by its prefix."""
    if len(key) != 32:
        raise ValueError("the key of the status lists has 32 bytes")
    halves = 1 << _HALF
    stream = shake_256(b"status list" + key + status_list.to_bytes(2)).digest(2 * halves * _ROUNDS)
    words = [int.from_bytes(stream[at : at + 2]) % halves for at in range(0, len(stream), 2)]
    return tuple(tuple(words[start : start + halves]) for start in range(0, len(words), halves))
