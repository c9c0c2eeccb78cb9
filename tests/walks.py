"""Walks at random through the life of something, of which each step is held against a model.

`LIFE_RUNS` walks of `LIFE_STEPS` steps each; the suite takes short forms, `make endure` 500 of 50.
"""

import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def walk(begin: Callable[[], RuleBasedStateMachine], *, runs: int, steps: int) -> None:
    """Walk as often and as far as the environment says, or `runs` times `steps` steps; `begin` makes what walks."""
    run_state_machine_as_test(
        begin,  # type: ignore[arg-type]  # a factory serves as well as a class
        settings=settings(
            max_examples=int(os.environ.get("LIFE_RUNS", runs)),
            stateful_step_count=int(os.environ.get("LIFE_STEPS", steps)),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
