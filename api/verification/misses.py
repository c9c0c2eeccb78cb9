"""How often a network has asked for codes, or for receipts, that there are not: what keeps guessers slow.

Only misses are counted, never hits, since a whole village may share one address. The counts lie in the memory of each process, are
written nowhere, and are forgotten a minute later. They stay few however many networks ask: once `most_networks` are being counted,
all further ones are counted together as if they were one.
"""

from math import ceil
from time import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.errors import TooManyRequests
from api.networks import network_of
from api.verification.rules import TooManyMisses

A_MINUTE: Final = RateLimitItemPerMinute(30)
MOST_NETWORKS: Final = 4096
ALL_OTHERS: Final = "others"


class Misses:
    """The misses of the present minute, by network."""

    def __init__(
        self,
        limit: RateLimitItem = A_MINUTE,
        most_networks: int = MOST_NETWORKS,
        refusal: type[TooManyRequests] = TooManyMisses,
    ) -> None:
        self._limit = limit
        self._most_networks = most_networks
        self._refusal = refusal
        self._counts = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._counts)

    def __len__(self) -> int:
        """How many counts are kept."""
        return len(self._counts.storage)

    def count(self, address: str) -> None:
        """Count one miss for the network of an address. Raises `TooManyMisses`, or what else was named, where it has
        had its share of this minute."""
        network = network_of(address)
        if len(self) >= self._most_networks and not self._counts.get(self._limit.key_for(network)):
            network = ALL_OTHERS
        if not self._limiter.hit(self._limit, network):
            ends_at, _ = self._limiter.get_window_stats(self._limit, network)
            raise self._refusal(retry_after=max(1, ceil(ends_at - time())))
