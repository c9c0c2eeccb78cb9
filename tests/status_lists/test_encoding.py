"""The bytes of status lists, held against the test vectors of the IETF draft."""

import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.adapters.jose import from_base64url, to_base64url
from api.status_lists.encoding import WIDTHS, compress, expand, pack, status_at
from tests.adapters.vectors import vectors


def test_every_vector_of_the_draft_is_written_byte_for_byte_and_read_back() -> None:
    tried = 0
    for vector in vectors("token-status-list.json")["vectors"]:
        entries = {int(index): status for index, status in vector["nonzero"].items()}
        data = pack(entries.items(), size=vector["entries"], bits=vector["bits"])
        assert to_base64url(compress(data)) == vector["lst"]
        read = expand(from_base64url(vector["lst"]), longest=len(data))
        assert read == data
        assert {index: status_at(read, index, vector["bits"]) for index in entries} == entries
        assert sum(byte != 0 for byte in read) <= len(entries)
        tried += 1
    assert tried >= 4


def test_the_example_of_the_draft_has_its_least_significant_bits_first() -> None:
    statuses = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    assert pack(enumerate(statuses), size=12, bits=2) == bytes.fromhex("c944f9")


@given(st.sampled_from(sorted(WIDTHS)), st.data())
def test_what_was_packed_is_read_at_every_index(bits: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40)) * 8
    statuses = data.draw(st.lists(st.integers(0, (1 << bits) - 1), min_size=size, max_size=size))
    packed = expand(compress(pack(enumerate(statuses), size=size, bits=bits)), longest=size)
    assert [status_at(packed, index, bits) for index in range(size)] == statuses


@pytest.mark.parametrize("entry", [(8, 1), (-1, 1), (0, 4), (0, -1)])
def test_an_entry_out_of_its_bounds_is_refused(entry: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="out of its bounds"):
        pack([entry], size=8, bits=2)


@pytest.mark.parametrize(("size", "bits"), [(8, 3), (0, 2), (3, 2), (8, 0), (8, 16)])
def test_a_width_that_is_none_of_the_drafts_is_refused(size: int, bits: int) -> None:
    with pytest.raises(ValueError, match="1, 2, 4 or 8 bits"):
        pack([], size=size, bits=bits)


@pytest.mark.parametrize("index", [-1, 8, 1 << 40])
def test_there_is_no_status_outside_the_list(index: int) -> None:
    with pytest.raises(IndexError):
        status_at(bytes(2), index, 2)


@pytest.mark.parametrize(
    "compressed",
    [b"", b"x", zlib.compress(bytes(64)), zlib.compress(bytes(8))[:-1], zlib.compress(bytes(8)) + b"x", bytes(20)],
    ids=["empty", "no zlib", "too long", "cut off", "something behind", "zeros"],
)
def test_anything_but_one_whole_stream_of_that_length_is_refused(compressed: bytes) -> None:
    with pytest.raises(ValueError, match="zlib stream"):
        expand(compressed, longest=8)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    with pytest.raises(ValueError, match="of that length"):
        expand(bomb, longest=1 << 18)


@given(st.binary(max_size=200))
def test_reading_any_bytes_raises_nothing_but_a_value_error(data: bytes) -> None:
    with suppress(ValueError):
        assert len(expand(data, longest=100)) <= 100
