from itertools import pairwise

import pytest

from api.status_lists.places import place_of

KEY = bytes(range(32))
LIST = 2**20


def test_every_card_of_a_list_has_a_place_of_its_own() -> None:
    taken = bytearray(LIST)
    for counter in range(3 * LIST, 4 * LIST):
        status_list, index = place_of(counter, KEY)
        assert status_list == 3
        taken[index] = 1
    assert taken.count(1) == LIST


def test_places_given_out_stay_where_they_are() -> None:
    assert [place_of(counter, KEY) for counter in (0, 1, 2, LIST - 1, LIST, 2**36 - 1)] == [
        (0, 646343),
        (0, 488409),
        (0, 174257),
        (0, 146984),
        (1, 106729),
        (65535, 14220),
    ]


def test_neighbours_in_time_are_no_neighbours_in_the_list() -> None:
    places = [place_of(counter, KEY)[1] for counter in range(10_000)]
    gaps = [abs(later - earlier) for earlier, later in pairwise(places)]
    # Two random places of a million lie a third of it apart on average.
    assert 0.32 < sum(gaps) / len(gaps) / LIST < 0.35
    assert sum(gap < 100 for gap in gaps) < 10


def test_each_list_and_each_key_has_an_order_of_its_own() -> None:
    orders = {
        tuple(place_of(start + counter, key)[1] for counter in range(20))
        for start in (0, LIST, 2 * LIST)
        for key in (KEY, bytes(32), KEY[:-1] + b"\0")
    }
    assert len(orders) == 9


@pytest.mark.parametrize("counter", [-1, 2**36, 2**60])
def test_there_is_no_place_outside_the_lists(counter: int) -> None:
    with pytest.raises(ValueError, match="no such place"):
        place_of(counter, KEY)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        place_of(0, key)
