"""Whatever somebody sends, the work that it makes grows with its length alone: a long text is refused before it is folded, and no
pattern goes back over it again and again."""

import ast
import pkgutil
import re
import unicodedata
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import product
from pathlib import Path
from time import thread_time
from typing import Annotated, Any, NamedTuple
from uuid import uuid4

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette import requests

import api
from api.adapters.typed_text import narrow, normalized
from tests.conftest import District
from tests.routes import document, resolved
from tests.verification.holders import hold

ON_ENGINES = ("sqlite",)
_compiler, _constants, _parser = (import_module(f"re.{name}") for name in ("_compiler", "_constants", "_parser"))
PROJECT = Path(__file__).parents[1]
MARKS = "a" + "\u0301" * 15_000 + "\u0316" * 15_000
"""60 KB as UTF-8, which to put in order takes seconds."""
MOST = 4000
"""Characters of one text that are put into a form of Unicode's."""


@pytest.fixture
def lengths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of each text that Unicode's forms are asked for."""
    found: list[int] = []
    normalize: Callable[..., str] = unicodedata.normalize

    def counting(form: str, text: str) -> str:
        found.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", counting)
    return found


def test_no_field_folds_a_text_that_is_longer_than_it_takes(lengths: list[int]) -> None:
    fields = dict(_fields())
    assert len(fields) > 300
    for name, field in fields.items():
        for sent in (MARKS, [MARKS]):
            try:
                field.validate_python(sent)
            except ValidationError:
                continue
            finally:
                assert max(lengths, default=0) <= MOST, name


def test_no_form_of_a_page_folds_a_text_that_is_longer_than_it_takes(district: District, lengths: list[int]) -> None:
    holder = hold(district.house, district.ids["B11"])
    forms = [
        (path, resolved(document(), form["schema"]))
        for path, operations in document()["paths"].items()
        if (form := operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded"))
    ]
    assert len(forms) > 1
    refused = 0
    for path, form in forms:
        address = path.format(code=holder.code, pledge_id=uuid4())
        for name in form["properties"]:
            # As parts of a form, for otherwise each mark would be three bytes.
            sent = {field: (None, value) for field, value in (form["examples"][0] | {name: MARKS[:6000]}).items()}
            refused += district.client.post(address, files=sent).status_code == 422
            assert max(lengths, default=0) <= MOST, (path, name)
    assert refused


def test_no_cookie_is_read_in_which_something_is_escaped(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """As older Pythons take the square of its length to do so."""
    read: list[str] = []

    def reading(text: str) -> dict[str, str]:
        read.append(text)
        return {}

    monkeypatch.setattr(requests, "cookie_parser", reading)
    district.client.get("/R", headers={"Cookie": r'a="\"\101"; b=1'})
    assert set(read) == {'a=""101"; b=1'}


def _fields() -> Iterator[tuple[str, TypeAdapter[Any]]]:
    """Of all models of ours, each by itself."""
    _modules()
    for model in _below(BaseModel):
        if model.__module__.startswith("api.") and not model.__pydantic_generic_metadata__["parameters"]:
            for name, field in model.model_fields.items():
                kept: Any = Annotated[field.annotation, Field(), *field.metadata]
                yield f"{model.__module__}.{model.__name__}.{name}", TypeAdapter(kept)


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in model.__subclasses__():
        yield below
        yield from _below(below)


def _modules() -> dict[str, dict[str, Any]]:
    names = [module.name for module in pkgutil.walk_packages(api.__path__, "api.") if not module.name.endswith("__main__")]
    return {name: vars(import_module(name)) for name in names}


def test_unicodes_forms_are_asked_for_in_one_place_where_runs_of_marks_are_bounded() -> None:
    asking = [
        source.name for source in PROJECT.glob("api/**/*.py") if "unicodedata.normalize(" in source.read_text(encoding="utf-8")
    ]
    assert asking == ["typed_text.py"]
    for text in (MARKS, "か" + "\uff9e" * 20_000, "\u0f73" * 20_000):
        begun = thread_time()
        decomposed = normalized("NFKD", text)
        assert thread_time() - begun < 0.3
        runs = re.split("\u034f", decomposed)
        assert max(map(len, runs)) < 100
        assert "".join(sorted(decomposed.replace("\u034f", ""))) == "".join(
            sorted(unicodedata.normalize("NFKD", text[0]) + _each(text[1:]))
        )
    assert narrow("e\u0301" * 40 + "\u0301") == unicodedata.normalize("NFKC", "e\u0301" * 40 + "\u0301")


def _each(text: str) -> str:
    return "".join(unicodedata.normalize("NFKD", character) for character in text)


def test_no_pattern_goes_over_a_text_again_and_again() -> None:
    asked = {(str(one.pattern.pattern), one.pattern.flags, one.method): one for one in _asked()}
    assert len(asked) > 100
    found = {one.place: evil for one in asked.values() if (evil := _evil_for(one))}
    assert not found


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\([^)]*\)", "sub"),
        (r"(.*[^ ].*[^ ]) ([男女])", "fullmatch"),
        (r"(?:名册|名单)?(?:[(（].*[)）])?$", "sub"),
        (r"[^/?]*/C/([^/?]*)/?\s*(?:[?].*)?", "fullmatch"),
        (r"([+\d(][\d\s()-]*\d)", "split"),
        (r"\s*(?:→|->)\s*", "split"),
        (r"(?:a+)+b", "match"),
    ],
)
def test_a_pattern_that_goes_over_a_text_again_and_again_is_noticed(pattern: str, method: str) -> None:
    assert _evil_for(Asked("", re.compile(pattern), method))


METHODS = "search|match|fullmatch|split|findall|finditer|subn?"


class Asked(NamedTuple):
    """A pattern of ours, and how it is asked of a text."""

    place: str
    pattern: re.Pattern[Any]
    method: str

    def seconds(self, text: str) -> float:
        """Of this thread's own time that it takes over a text."""
        asked: Any = text if isinstance(self.pattern.pattern, str) else text.encode("latin-1", "replace")
        begun = thread_time()
        if self.method in ("sub", "subn"):
            self.pattern.sub(asked[:0], asked)
        elif self.method == "finditer":
            sum(1 for _ in self.pattern.finditer(asked))
        else:
            getattr(self.pattern, self.method)(asked)
        return thread_time() - begun


def _asked() -> Iterator[Asked]:
    """Those that stand in a module, by the words of its source that ask them, and those that stand where they are asked."""
    modules = _modules()
    sources = {name: Path(module["__file__"]).read_text(encoding="utf-8") for name, module in modules.items()}
    for place, module in modules.items():
        for name, pattern in module.items():
            if isinstance(pattern, re.Pattern):
                source = sources[place] if name.startswith("_") else "\n".join(sources.values())
                for method in set(re.findall(rf"\b{name}\.({METHODS})\(", source)) or {"search"}:
                    yield Asked(f"{place}.{name}", pattern, method)
        for call in ast.walk(ast.parse(sources[place])):
            if isinstance(call, ast.Call) and (asked := re.fullmatch(rf"re\.({METHODS})", ast.unparse(call.func))):
                yield Asked(f"{place}:{call.lineno}", re.compile(eval(ast.unparse(call.args[0]), dict(module))), asked[1])


def _evil_for(asked: Asked) -> tuple[str, str, str] | None:
    """What a text begins with, repeats and ends with over which a pattern takes the square of its length, or worse. It is looked
    for among short texts, over which linear work is nothing, and then held against longer ones."""
    for before, repeated, behind in _Parsed(asked.pattern).texts():
        texts = (before + repeated * times + behind for times in (25, 1000, 2000, 8000))
        if asked.seconds(next(texts)) > 0.03:
            return before, repeated, behind
        if asked.seconds(next(texts)) > 0.0002:
            shorter, longer = map(asked.seconds, texts)
            if longer > 0.01 and longer > 9 * shorter:
                return before, repeated, behind
    return None


class _Parsed:
    """A pattern in its parts (what `re` itself makes of it), for the texts that go back over these."""

    REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
    CHARACTERS = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY, _constants.CATEGORY)

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.flags = pattern.flags
        self.tree = _parser.parse(pattern.pattern, pattern.flags)
        singles = list(self._singles(self.tree))
        numbers = {int(number) for single in singles for number in re.findall(r"\b\d+\b", repr(single[1]))}
        told_apart: dict[tuple[bool, ...], str] = {}
        for character in ("a", "1", " ", *map(chr, sorted(numbers)), "\x01"):
            told_apart.setdefault(tuple(self._takes(single, character) for single in singles), character)
        self.alphabet = list(told_apart.values())

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """What may stand before a part that repeats, what repeats there, and what may stand behind and fit nothing."""
        repeating = {("", self.example(self.tree)), *self._repeating(self.tree, "")}
        repeating |= {(before, character) for before, _ in repeating for character in self.alphabet}
        behind = ("", *(f"{character}\x01" for character in self.alphabet))
        return ((*one, end) for one, end in product(sorted(repeating), behind))

    def example(self, nodes: Any) -> str:
        """A short text that these take."""
        return "".join(map(self._example, nodes))

    def _example(self, node: Any) -> str:
        if node[0] in self.CHARACTERS:
            return next((character for character in self.alphabet if self._takes(node, character)), "")
        within = self._within(node)
        return self.example(within[0]) * (node[1][0] if node[0] in self.REPEATS else 1) if within else ""

    def _repeating(self, nodes: Any, before: str) -> Iterator[tuple[str, str]]:
        for node in nodes:
            for within in self._within(node):
                yield from self._repeating(within, before)
                if node[0] in self.REPEATS:
                    yield before, self.example(within)
            before += self._example(node)

    def _within(self, node: Any) -> list[Any]:
        kind, value = node
        if kind in self.REPEATS or kind in (_constants.SUBPATTERN, _constants.ASSERT):
            return [value[-1]]
        return list(value[1]) if kind is _constants.BRANCH else []

    def _singles(self, nodes: Any) -> Iterator[Any]:
        for node in nodes:
            if node[0] in self.CHARACTERS:
                yield node
            for within in self._within(node):
                yield from self._singles(within)

    def _takes(self, node: Any, character: str) -> bool:
        alone = _compiler.compile(_parser.SubPattern(self.tree.state, [node]), self.flags)
        return (
            alone.fullmatch(character if isinstance(self.tree.state.str, str) else character.encode("latin-1", "replace"))
            is not None
        )
