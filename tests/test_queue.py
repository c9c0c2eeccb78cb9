"""Whose turn is next, and who makes room: nobody is kept out by those who ask again and again, as many as they are."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from itertools import count, permutations
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from api.errors import Unavailable
from api.web import in_hand
from api.web.in_hand import InHand
from api.web.queue import LANES, LATELY, Known, Lane, Lately, Part, Queue, Sender, Waiting
from tests.simulated import Processor, simulated

T = TypeVar("T")
CROWD, ROOM = 25, 20
"""So many ask again as soon as they are answered or sent away, for so many of whom there is room."""
TURNS = 2 * CROWD
"""So many turns the crowd has between two requests of one who asks once in a while."""


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(story, 20))


def account(_: int) -> Sender:
    return uuid4()


def known(number: int) -> Sender:
    return Known(f"{number}")


def of_one_network(number: int) -> Sender:
    return Lane("203.0.113.0/24", number % LANES)


def of_many_networks(number: int) -> Sender:
    return Lane(f"203.0.{number}.0/24", 0)


@pytest.mark.parametrize("networks", [1, CROWD])
@pytest.mark.parametrize("of_crowd", [account, known, of_one_network, of_many_networks])
@pytest.mark.parametrize("newcomer", [uuid4(), Known("one"), Lane("198.51.100.0/24", 0)], ids=["signed in", "known", "stranger"])
def test_who_asks_once_in_a_while_is_never_sent_away_for_a_crowd_of_any_kind_that_asks_again_at_once(
    of_crowd: Callable[[int], Sender], newcomer: Sender, networks: int
) -> None:
    async def story() -> int:
        places, turns, ends, refused = InHand(2, ROOM), 0, False, 0

        async def ask_again_and_again(sender: Sender, network: str) -> None:
            nonlocal turns
            while not ends:
                try:
                    async with places.place(sender, network):
                        turns += 1
                        await asyncio.sleep(0)
                except Unavailable:
                    await asyncio.sleep(0)

        crowd = [asyncio.create_task(ask_again_and_again(of_crowd(number), f"{number % networks}")) for number in range(CROWD)]
        for _ in range(10):
            before = turns
            while turns < before + TURNS:
                await asyncio.sleep(0)
            try:
                places.check(newcomer)
                async with places.place(newcomer):
                    pass
            except Unavailable:
                refused += 1
        ends = True
        await asyncio.gather(*crowd)
        return refused

    assert run(story()) == 0


def in_queue(
    room: int, *coming: tuple[Sender, str], had_turns: Sequence[tuple[Sender, str]] = (), lately: float = LATELY
) -> list[int]:
    """Who of those who come one after another has room at last."""

    async def story() -> list[int]:
        line = Queue(room, lately=lately)
        for sender, network in had_turns:
            line.note_turn(sender, network)
        joined = list[Waiting]()
        for sender, network in coming:
            would_take = line.would_take(sender, network)
            joined.append(line.join(sender, network))
            assert joined[-1].turn.done() is not would_take, "what is told before is what comes"
        assert len(line) == min(room, len(coming))
        return [number for number, one in enumerate(joined) if not one.turn.done()]

    return run(story())


def test_each_part_has_a_third_of_the_room_in_whatever_order_they_come() -> None:
    for order in permutations((account, known, of_many_networks)):
        coming = [(of_part(number), f"{number}") for of_part in order for number in range(30)]
        assert in_queue(30, *coming) == [*range(10), *range(30, 40), *range(60, 70)]
        assert in_queue(3, *coming[29:32], coming[28]) == [0, 1, 2], "and makes none for one that has as many"


def test_who_had_a_turn_last_makes_room_for_who_had_none_lately_and_for_nobody_who_had_one_later() -> None:
    first, second, third, never = ((uuid4(), "") for _ in range(4))
    assert in_queue(2, first, second, third, had_turns=[third, first, second]) == [0, 2]
    assert in_queue(2, first, second, third, had_turns=[first, second, third]) == [0, 1]
    assert in_queue(2, first, second, never, had_turns=[second, first]) == [1, 2]
    assert in_queue(2, first, second, first, never, had_turns=[second, first]) == [1, 3], "and nobody waits twice before him"


def test_it_is_forgotten_after_some_seconds_who_had_a_turn() -> None:
    first, second, third = ((uuid4(), "") for _ in range(3))
    assert in_queue(2, first, second, third, had_turns=[third, first, second], lately=1e-9) == [0, 1]


def numbered(number: int) -> Sender:
    """An account of which is known to which of its network's lanes it belongs."""
    return UUID(int=number)


def numbered_known(number: int) -> Sender:
    """The same of one that is known."""
    return next(one for turn in count() if hash(one := Known(f"{number} {turn}")) % LANES == number % LANES)


@pytest.mark.parametrize("of_part", [numbered, numbered_known])
def test_of_a_part_the_accounts_of_one_network_have_as_much_of_the_room_as_its_lanes_beside_others_and_are_alike(
    of_part: Callable[[int], Sender],
) -> None:
    hall = [(of_part(number), "hall") for number in range(20)]
    others = [(of_part(number), f"{number}") for number in range(20, 40)]
    assert in_queue(20, *hall, *others) == [*range(LANES), *range(20, 40 - LANES)]
    assert in_queue(20, *others, *hall) == list(range(20)), "who has less makes no room"
    assert in_queue(20, *hall, *hall[4:7]) == list(range(20)), "nor one of the network for another"
    greedy = [(of_part(40), "elsewhere")] * 4
    assert in_queue(20, *hall[:16], *greedy, *others[:1]) == [*range(19), 20], "and whoever has most makes room before it"
    assert in_queue(4, *[hall[0]] * 2, hall[8], hall[1], others[0]) == [0, 2, 3, 4], "in a lane too"


def test_whoever_asks_from_elsewhere_counts_there_with_all_of_his_that_wait() -> None:
    one, beside, newcomer = (numbered(0), "hall"), (numbered(LANES), "hall"), (numbered(2 * LANES), "elsewhere")
    assert in_queue(4, one, one, beside, (one[0], "house"), newcomer) == [0, 1, 2, 4]
    assert in_queue(5, one, one, (one[0], "house"), beside, (beside[0], "house"), newcomer) == [0, 1, 3, 4, 5]


@pytest.mark.parametrize("of_part", [numbered, numbered_known])
@pytest.mark.parametrize("networks", [1, 3])
def test_the_lane_that_had_a_turn_last_makes_room_though_none_of_those_who_wait_had_one(
    of_part: Callable[[int], Sender], networks: int
) -> None:
    crowd = [(of_part(number), f"hall {number // LANES % networks}") for number in range(2 * networks * LANES)]
    had_turns, waiting = crowd[: len(crowd) // 2], crowd[len(crowd) // 2 :]
    other = (of_part(1000), "elsewhere")
    assert in_queue(LANES, *waiting[-LANES:], other, had_turns=had_turns) == [*range(LANES - 1), LANES]
    assert in_queue(LANES, *waiting[-LANES:], other, had_turns=[*had_turns, other]) == list(range(LANES))


def test_of_a_part_the_sender_who_had_a_turn_longest_ago_is_next() -> None:
    first, second, third = (uuid4() for _ in range(3))

    async def story() -> list[Sender]:
        line, held = Queue(9), {part: 0 for part in Part}
        for sender in (third, first):
            line.note_turn(sender, "")
        for sender in (first, first, second, third):
            line.join(sender, "")
        called = list[Sender]()
        while line:
            called.append(line.call(held).sender)
            line.note_turn(called[-1], "")
        with pytest.raises(LookupError):
            line.call(held)
        return called

    assert run(story()) == [second, third, first, first]


@pytest.mark.parametrize("of_part", [numbered, known])
def test_of_a_part_the_accounts_of_one_network_have_as_many_turns_as_its_lanes_before_one_of_another(
    of_part: Callable[[int], Sender],
) -> None:
    hall, other = [of_part(number) for number in range(10 * LANES)], of_part(1000)

    async def story() -> list[int]:
        line, held, turns = Queue(len(hall) + 1), {part: 0 for part in Part}, list[int]()
        line.note_turn(other, "elsewhere")
        for sender in hall:
            line.join(sender, "hall")
        for _ in range(3):
            line.join(other, "elsewhere")
            turns.append(1)
            while (called := line.call(held)).sender != other:
                turns[-1] += 1
                line.note_turn(called.sender, "hall")
            line.note_turn(other, "elsewhere")
        return turns

    assert all(turns <= LANES + 1 for turns in run(story()))


def who_is_next(had_turns: Sequence[tuple[Sender, str]], *waiting: tuple[Sender, str]) -> list[Sender]:
    """In which order those who wait, who have come one after another, have their turns."""

    async def story() -> list[Sender]:
        line, called = Queue(len(waiting)), list[Sender]()
        for one in had_turns:
            line.note_turn(*one)
        for one in waiting:
            line.join(*one)
        while line:
            following = line.call({part: 0 for part in Part})
            called.append(following.sender)
            line.note_turn(following.sender, following.network)
        return called

    return run(story())


def test_in_a_lane_too_the_sender_who_had_a_turn_longest_ago_is_next() -> None:
    often, again, once = ((numbered(number * LANES), "hall") for number in range(3))
    called = who_is_next([often, again], often, often, again, again, once)
    assert called == [once[0], often[0], again[0], often[0], again[0]]


def test_the_turns_of_a_network_count_for_each_part_by_itself_and_ones_own_wherever_they_were() -> None:
    network, one, other = "203.0.113.0/24", numbered(0), numbered(1)
    strangers = [(Lane(network, number), network) for number in range(LANES)]
    known = [(Known(f"{number}"), network) for number in range(100)]
    assert who_is_next([(other, "elsewhere"), *strangers, *known], (other, "elsewhere"), (one, network)) == [one, other]
    assert who_is_next([(other, "elsewhere"), (one, "formerly")], (one, network), (other, "elsewhere")) == [other, one]


@pytest.mark.parametrize(("accounts", "seconds"), [(125, 0.23), (60, 0.14)])
def test_who_asks_beside_many_accounts_of_another_network_waits_about_as_long_as_one_of_them_may_hold_a_place(
    accounts: int, seconds: float
) -> None:
    """All who have a place share one processor."""

    async def story() -> float:
        places, processor, clock = InHand(8, 100), Processor(), asyncio.get_running_loop().time

        async def ask_again_and_again(sender: Sender) -> None:
            while True:
                try:
                    async with places.place(sender, "hall"):
                        await processor.work(seconds)
                except Unavailable:
                    await asyncio.sleep(0.3)

        crowd = [asyncio.create_task(ask_again_and_again(numbered(number))) for number in range(accounts)]
        await asyncio.sleep(12)
        longest = 0.0
        for number in range(6):
            for sender in (numbered(1000), numbered(2000 + number)):
                came_at = clock()
                async with places.place(sender, "elsewhere"):
                    longest = max(longest, clock() - came_at)
                    await processor.work(0.02)
            await asyncio.sleep(2)
        assert not any(one.done() for one in crowd)
        return longest

    assert simulated(story()) < 1.25 * in_hand.LONGEST


def test_who_waits_is_not_kept_from_his_turn_by_those_who_have_had_none() -> None:
    waiting, fresh = uuid4(), uuid4()

    async def story() -> Sender:
        line = Queue(9, lately=0.01)
        line.note_turn(waiting, "")
        line.join(waiting, "")
        await asyncio.sleep(0.02)
        line.join(fresh, "")
        return line.call({part: 0 for part in Part}).sender

    assert run(story()) == waiting


def test_what_happened_lately_is_remembered_of_so_many_and_for_so_long() -> None:
    async def story() -> None:
        lately = Lately(60, 3)
        for whom in "abcab":
            lately.note(whom)
        lately.note("d")
        assert [bool(lately.moment(whom)) for whom in "abcd"] == [True, True, False, True]
        brief = Lately(0.01, 3)
        brief.note("a")
        assert brief.moment("a")
        await asyncio.sleep(0.02)
        assert not brief.moment("a")
        brief.note("b")
        assert list(brief._moments) == ["b"], "who is forgotten takes no room"

    run(story())
