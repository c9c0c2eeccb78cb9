"""Long lists in parts, so that no page grows past what an old telephone fetches on a poor line."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_parts(items: Sequence[T], room: int, size: Callable[[T], int]) -> list[list[T]]:
    """Items in their order, in parts whose sizes together are at most `room`, or of one item where that alone is larger. One part
    at least, which may be empty."""
    parts: list[list[T]] = [[]]
    left = room
    for item in items:
        left -= size(item)
        if left < 0 and parts[-1]:
            parts.append([])
            left = room - size(item)
        parts[-1].append(item)
    return parts


def part(parts: Sequence[Sequence[T]], number: int) -> Sequence[T]:
    """The part of this number, counted from 1; nothing beyond the last."""
    return parts[number - 1] if number <= len(parts) else ()
