"""The published vectors, held against our own checker; `tests/stranger/` holds somebody else's against them."""

import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from api.adapters.jose import from_base64url, sign_compact, to_base64url
from api.offline.checker import as_members
from api.offline.commands import VECTORS
from api.offline.invented import KEYS
from api.offline.vectors import is_same, make_vectors
from api.status_lists.encoding import expand
from api.status_lists.rules import SIZE
from api.status_lists.token import TYPE
from tests.offline.vectors import CASES, at_of, hand


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_our_own_checker_tells_what_the_vectors_say(case: dict[str, Any]) -> None:
    checked = as_members(hand(case["lists"], case["packs"]).check(case["text"], at_of(case)))
    assert checked.pop("checked_at") == case["at"]
    assert checked == case["expected"]


def test_the_committed_vectors_are_the_ones_that_are_made() -> None:
    made = make_vectors()
    standing = {str(path.relative_to(VECTORS)) for path in VECTORS.rglob("*") if path.is_file()}
    assert standing == {*made, "README.md"}
    assert [name for name in made if not is_same((VECTORS / name).read_text(encoding="utf-8"), made[name])] == []


def test_every_file_that_is_for_reading_says_that_its_keys_are_for_tests() -> None:
    for name in ("README.md", "jwks.json", "headers.json", "codes.json"):
        assert "a key for tests only, which no installation uses" in (VECTORS / name).read_text(encoding="utf-8"), name


def test_a_list_that_another_zlib_has_packed_is_the_same_and_one_with_another_entry_is_not() -> None:
    name = "statuses/0.jwt"
    made = make_vectors()[name]
    packed_otherwise = resigned(made, lambda data: zlib.compress(data, 1))
    assert packed_otherwise != made and is_same(packed_otherwise, made)
    assert not is_same(resigned(made, lambda data: zlib.compress(b"\x01" + data[1:])), made)
    assert not is_same(made[:-2], made) and not is_same("", made) and not is_same(make_vectors()["pack.jwt"], made)


def resigned(token: str, pack: Callable[[bytes], bytes]) -> str:
    """A list with its entries packed or changed, signed by the same key."""
    claims = json.loads(from_base64url(token.split(".")[1]))
    body = claims["status_list"]
    body["lst"] = to_base64url(pack(expand(from_base64url(body["lst"]), longest=SIZE)))
    return sign_compact(json.dumps(claims, separators=(",", ":")).encode(), TYPE, KEYS[0])


def test_no_name_is_used_twice() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names)) > 100
