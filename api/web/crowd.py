"""The connections of a server that wait for their client: which of them end when there are too many, or when too much lies in
memory that nobody takes."""

import resource
import time
from collections import Counter
from functools import cache
from typing import Final, Protocol

import structlog

from api.web.acceptance import AT_ONCE

MOST_UNTAKEN_BYTES = 1 << 26
"""Of answers that clients have asked for and do not take, in the memory of a process."""
TOLD_EVERY_SECONDS = 60.0
FOR_OTHER_USES: Final = 128 + AT_ONCE
"""Descriptors that are left for databases, storage, files and processes, and for those that are taken before others have ended."""

log = structlog.get_logger("liangxian")


class Connection(Protocol):
    """What a crowd asks of one of its connections."""

    @property
    def network(self) -> str:
        """Where its client asks from."""

    def untaken_bytes(self) -> int:
        """How much of its answers is kept in memory because its client has not taken it."""

    def end(self) -> None:
        """Let go of the client, without a word; not in the midst of what is being written to him."""


class Crowd:
    """The connections of a server that wait for a whole request since they were made or last answered, or for their client to take
    an answer. The longest first."""

    def __init__(self) -> None:
        self._waiting: dict[Connection, None] = {}
        self._untaken: dict[Connection, int] = {}
        """How many bytes of answers each of those keeps in memory that does not take them as fast as they come."""
        self._told_at = -TOLD_EVERY_SECONDS

    def comes(self, one: Connection, connections: int) -> None:
        """It has been made, as one of so many; if these are too many, whoever has waited longest is ended. So who sends half a head
        on each of a thousand is in nobody else's way."""
        self.waits(one)
        if connections > most_connections():
            longest = next(iter(self._waiting))
            del self._waiting[longest]
            longest.end()
            self._tell("too_many_connections", most=most_connections())

    def waits(self, one: Connection) -> None:
        """It waits from now on, or has just sent something: whoever does waits less long than who sends nothing."""
        self._waiting.pop(one, None)
        self._waiting[one] = None

    def is_answered(self, one: Connection) -> None:
        """What it has asked for is worked on: it waits for us."""
        self._waiting.pop(one, None)

    def takes(self, one: Connection) -> None:
        """Its client takes what is written."""
        self._untaken.pop(one, None)

    def leave(self, one: Connection) -> None:
        """It is closed."""
        self._waiting.pop(one, None)
        self._untaken.pop(one, None)

    def count_untaken(self, one: Connection) -> None:
        """Count what is written to one and not taken, and once that is too much of all, end of the network that has most of it
        whoever has waited longest. So nobody fills the memory by answers that he asks for."""
        untaken = self._untaken
        untaken[one] = one.untaken_bytes()
        if sum(untaken.values()) <= MOST_UNTAKEN_BYTES:
            return
        for other in untaken:
            untaken[other] = other.untaken_bytes()
        while len(untaken) > 1 and sum(untaken.values()) > MOST_UNTAKEN_BYTES:
            of_network: Counter[str] = Counter()
            for other, size in untaken.items():
                of_network[other.network] += size
            ((most, _),) = of_network.most_common(1)
            ended = next(other for other in untaken if other.network == most)
            del untaken[ended]
            ended.end()
            self._tell("too_much_untaken", most_bytes=MOST_UNTAKEN_BYTES)

    def _tell(self, event: str, **most: int) -> None:
        if time.monotonic() >= self._told_at + TOLD_EVERY_SECONDS:
            self._told_at = time.monotonic()
            log.warning(event, **most)


@cache
def most_connections() -> int:
    """How many connections a process takes at once, by how many descriptors it may have."""
    return max(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FOR_OTHER_USES, 32)
