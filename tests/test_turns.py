"""Who takes turns at what keeps a core busy."""

from collections.abc import Sequence
from threading import Event, Thread
from uuid import uuid4

import pytest

from api.errors import Unavailable
from api.turns import Turns


def start_in_line(turns: Turns, threads: Sequence[Thread]) -> None:
    """Start those who ask for a turn, each once the one before waits for his."""
    for number, thread in enumerate(threads, 1):
        thread.start()
        while turns.waiting < number:
            pass


def test_whoever_takes_one_turn_after_another_lets_those_in_who_wait() -> None:
    turns, begun, taken = Turns(1), Event(), list[str]()

    def waits() -> None:
        begun.set()
        with turns.take(30, retry_after=1):
            taken.append("once")

    other = Thread(target=waits)
    with turns.take(30, retry_after=1):
        other.start()
        begun.wait()
        while not turns._waiting:
            pass
    for _ in range(100):
        with turns.take(30, retry_after=1):
            taken.append("again")
    other.join()
    assert taken.index("once") == 0 and len(taken) == 101


def test_whoever_would_wait_long_is_told_to_come_back_and_costs_nobody_his_turn() -> None:
    turns = Turns(2)
    for _ in range(3):
        with turns.take(0, retry_after=7), turns.take(0, retry_after=7):
            with pytest.raises(Unavailable) as refused, turns.take(0.001, retry_after=7):
                pytest.fail("no turn is free")
            assert refused.value.retry_after == 7


def test_a_turn_comes_back_from_whoever_fails_in_it() -> None:
    turns = Turns(1)
    for _ in range(2):
        with pytest.raises(ValueError, match="in the middle"), turns.take(0, retry_after=1):
            raise ValueError("in the middle")


def test_whose_account_has_its_share_waits_and_lets_others_pass_until_he_gives_a_turn_back() -> None:
    turns, mine, other, taken = Turns(2, each=1), uuid4(), uuid4(), Event()

    def waits() -> None:
        with turns.take(30, retry_after=1, account_id=mine):
            taken.set()

    waiting = Thread(target=waits)
    with turns.take(0, retry_after=1, account_id=mine):
        waiting.start()
        while not (turns._waiting or taken.is_set()):
            pass
        for account_id in (other, None, other):
            with turns.take(0, retry_after=1, account_id=account_id):
                assert not taken.is_set()
    waiting.join(30)
    assert taken.is_set() and not turns._held
    with turns.take(0, retry_after=1, account_id=mine), turns.take(0, retry_after=1, account_id=other):
        pass


def test_however_many_strangers_wait_others_take_turns_with_them() -> None:
    turns, taken = Turns(1), list[str]()

    def waits(who: str) -> None:
        with turns.take(30, retry_after=1, is_stranger=who == "stranger"):
            taken.append(who)

    threads = [Thread(target=waits, args=[who]) for who in [*["stranger"] * 6, *["other"] * 3]]
    with turns.take(30, retry_after=1, is_stranger=True):
        start_in_line(turns, threads)
    for thread in threads:
        thread.join(30)
    assert taken == [*["other", "stranger"] * 3, *["stranger"] * 3]


def test_whoever_comes_behind_lets_those_before_him_who_do_not() -> None:
    turns, taken = Turns(1), list[int]()

    def waits(behind: int) -> None:
        with turns.take(30, retry_after=1, account_id=uuid4(), behind=behind):
            taken.append(behind)

    threads = [Thread(target=waits, args=[behind]) for behind in (2, 1, 0, 1, 0)]
    with turns.take(30, retry_after=1):
        start_in_line(turns, threads)
    for thread in threads:
        thread.join(30)
    assert taken == [0, 0, 1, 1, 2]
