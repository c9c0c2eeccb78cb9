"""What pages say: in both languages, in the words of the room that says it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from api.errors import Text
from api.pages.render import words_of
from api.pages.words import LABELS as SHARED

ON_ENGINES = ("sqlite",)
API = Path(__file__).parents[2] / "api"
WORDS = {words: import_module(".".join(words.relative_to(API.parent).with_suffix("").parts)) for words in API.glob("**/words.py")}


def texts(value: Any) -> Iterator[Text]:
    """All texts within a value."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, Mapping | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from texts(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def test_whatever_is_said_stands_in_both_languages() -> None:
    found = [(module.__name__, text) for module in WORDS.values() for value in vars(module).values() for text in texts(value)]
    assert len(found) > 250
    for where, text in found:
        assert text.zh and text.en, (where, text)
        assert text is SHARED["other_language"] or not re.search("[一-鿿]", text.en), (where, text)
        assert not re.search("[,;:?!]", text.zh), f"{where}: Chinese text takes Chinese punctuation: {text.zh}"


def test_pages_call_the_picture_a_qr_code_and_what_is_typed_a_number() -> None:
    """二维码 and 编号, by the glossary; 码 alone could be either."""
    for words, module in WORDS.items():
        if (words.parent / "templates").exists():
            for text in (text for value in vars(module).values() for text in texts(value)):
                assert not re.search("(?<!二维)(?<!密)(?<!验证)(?<!号)(?<!查无此)(?<!扫)码", re.sub("<[^>]*>", "", text.zh)), (
                    text.zh
                )


ROOMS = sorted(folder.parent for folder in API.glob("*/templates"))
SOURCES = {
    room.name: "".join(
        source.read_text(encoding="utf-8")
        for source in room.rglob("*")
        if source.suffix in (".html", ".py") and source.name != "words.py"
    )
    for room in ROOMS
}


def saying(label: str) -> set[str]:
    """The rooms whose pages say a label."""
    return {room for room, source in SOURCES.items() if re.search(rf'\bwords\.{label}\b|"{label}"', source)}


def test_a_label_stands_in_the_room_that_says_it_and_in_pages_if_several_do() -> None:
    for room in ROOMS:
        labels = getattr(import_module(f"api.{room.name}.words"), "LABELS", {})
        for label in labels:
            rooms = saying(label)
            assert rooms, f"no page says {label!r}: take it out of api/{room.name}/words.py"
            if room.name == "pages":
                assert len(rooms) > 1 or rooms == {"pages"}, f"only {rooms} says {label!r}: let it stand in that room's words.py"


def test_a_label_cannot_have_two_meanings_on_a_page() -> None:
    with pytest.raises(ValueError, match="another name"):
        words_of({"home": Text("家", "Home")})
