"""Every step of adding a room that somebody may forget is told here by the file and the line that are missing."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fastapi import APIRouter, FastAPI

from api.access.permissions import PUBLIC
from api.app import ROUTERS, TODO
from api.files.kinds import AttachmentKind
from api.language import Language
from api.pages import render
from api.todo.service import Source
from tests.pages.looking import PAGES
from tests.routes import doors

ON_ENGINES = ("sqlite",)
PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
T = TypeVar("T")


def modules(name: str) -> Iterator[Any]:
    """The modules of that name in all rooms and their wings."""
    for source in sorted(PROJECT.glob(f"api/**/{name}.py")):
        yield import_module(".".join(source.relative_to(PROJECT).with_suffix("").parts))


def named(module: Any, kind: type[T]) -> Iterator[tuple[str, T]]:
    """What a module names of a kind, alone or several together, where it makes it."""
    for name, value in vars(module).items():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, kind):
                yield f"{module.__name__}.{name}", one


def test_every_room_stands_in_the_map() -> None:
    rooms = sorted(part.parent.name for part in PROJECT.glob("api/*/__init__.py"))
    missing = [room for room in rooms if f"\n| `api/{room}/` |" not in README]
    assert not missing, f"README.md, The map of the house: add the line | `api/{missing[0]}/` | what happens there |"
    gone = sorted({*re.findall(r"^\| `api/(\w+)/` \|", README, re.MULTILINE)} - {*rooms})
    assert not gone, f"README.md, The map of the house: there is no api/{gone[0]}/, take its line out"


def test_every_router_is_hung() -> None:
    for module in modules("routes"):
        for name, router in named(module, APIRouter):
            assert router in ROUTERS, f"api/app.py: hang {name} in ROUTERS, or nobody can ask for its doors"


def test_whatever_waits_is_asked_for() -> None:
    for module in modules("todo"):
        for name, source in named(module, Source):
            assert source in TODO, f"api/app.py: name {name} in TODO, or nobody is told what waits there"


def test_every_kind_of_thing_that_pictures_hang_on_is_known(app: FastAPI) -> None:
    loaded = [module for name, module in sys.modules.items() if name.startswith("api.") and name != "api.building"]
    for name, kind in (found for module in loaded for found in named(module, AttachmentKind)):
        known = app.state.house.attachments
        assert kind in known, f"api/building.py: name {name} among the attachments of the House, or nobody may see such pictures"


def test_every_command_is_mounted() -> None:
    mounting = (PROJECT / "api" / "cli.py").read_text(encoding="utf-8")
    for commands in PROJECT.glob("api/*/commands.py"):
        room = commands.parent.name
        line = f"from api.{room} import commands as {room}"
        assert f"from api.{room} import commands" in mounting, f"api/cli.py: write {line}, and app.add_typer({room}.commands)"


def test_every_route_names_one_permission_or_is_named_public(app: FastAPI) -> None:
    for door in doors(app):
        asked = ", ".join(door.permissions)
        where = f"{door.name} ({door.method} {door.path})"
        assert len(door.permissions) < 2, f"{where} asks for {asked}: let it have one parameter with requires(Permission...)"
        assert door.permissions or door.name in PUBLIC, (
            f"{where} asks for no permission: give it a parameter access: Annotated[Access, requires(Permission...)], or, if "
            f'anybody may ask without signing in, name "{door.name}" in PUBLIC of api/access/permissions.py'
        )
        assert not door.permissions or door.name not in PUBLIC, f"{where} asks for {asked} and stands in PUBLIC: take it out there"


def test_no_name_in_the_public_list_is_left_over(app: FastAPI) -> None:
    left_over = sorted(PUBLIC - {door.name for door in doors(app)})
    assert not left_over, f"PUBLIC of api/access/permissions.py: there is no operation {left_over[0]!r}, take it out"


TOLD = r"work: Work, \w+: (?:Member|Organization|Sequence\[Member\])\b[^)]*"
HTML_BY_HAND = re.compile(r"<!doctype|<html", re.IGNORECASE)


def test_every_page_is_among_the_specimens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is a template that extends a frame and is extended by no other; each is drawn by a specimen, which all tests of pages
    look at."""
    templates = {f"{one.parts[-3]}/{one.name}": one.read_text(encoding="utf-8") for one in PROJECT.glob("api/*/templates/*.html")}
    extended = {name for text in templates.values() for line in EXTENDS.findall(text) for name in re.findall(r'"(.*?)"', line)}
    drawn: set[str] = set()

    class Noting(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            drawn.add(name)
            return super().__getitem__(name)

    monkeypatch.setattr(render, "_PAGES", Noting(render._PAGES))
    for name, module in sys.modules.items():
        if name.startswith("api."):
            for value in vars(module).values():
                # A sheet that was drawn before would not be drawn anew.
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()
    for draw in PAGES.values():
        unwrap(draw)(Language.zh, False)
    pages = {name for name, text in templates.items() if EXTENDS.search(text)} - extended
    for page in sorted(pages - drawn):
        room, file = page.split("/")
        raise AssertionError(
            f"tests/{room}/specimens.py: draw api/{room}/templates/{file} in PAGES, with what strains it most, so that all "
            "browsers are shown it (tests/complaints/specimens.py is one to copy)"
        )
    for source in PROJECT.glob("api/**/*.py"):
        by_hand = HTML_BY_HAND.search(source.read_text(encoding="utf-8"))
        where = source.relative_to(PROJECT)
        assert source.parent.name == "web" or not by_hand, f"{where}: let the page be a template in its room's templates/"


EXTENDS = re.compile(r"^{% extends (.*?) %}", re.MULTILINE)
FOLLOWS = re.compile(rf"^def ([a-z]\w*)\(\s*{TOLD}\) -> (?:None|Text \| None):", re.MULTILINE)
"""A function that may be told of an event (`Followers`)."""


def test_whoever_follows_an_event_is_told_of_it() -> None:
    sources = {source: source.read_text(encoding="utf-8") for source in PROJECT.glob("api/**/*.py")}
    words = Counter(word for text in sources.values() for word in re.findall(r"\w+", text))
    for source, text in sources.items():
        public = r"^def ([a-z]\w*)\("
        following = re.findall(public, text, re.MULTILINE) if source.name == "following.py" else FOLLOWS.findall(text)
        for name in following:
            assert words[name] > 1, (
                f"api/building.py: name {name} of {source.relative_to(PROJECT)} in _followers, at the event that it follows, "
                "or take it out: nobody calls it"
            )
