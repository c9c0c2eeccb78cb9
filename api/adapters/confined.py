"""What a process may take that reads, on the server's behalf, what strangers have sent."""

import os
import resource
from typing import Final

YIELDS: Final = 5
"""By so much such a process comes behind its server (`nice`): a dozen of them would else share the processors with it alike."""


def confine(*limits: tuple[int, int]) -> None:
    """Bind this process, for the rest of its life, to limits, each of a resource and how much of it; to less where it has less."""
    os.nice(YIELDS)
    for what, most in limits:
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
