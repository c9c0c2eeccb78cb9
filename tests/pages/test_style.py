"""What browsers of 2019 (Chromium 78) and pages without a style are owed, by rule: a plain value stands before each modern one."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from api.language import Language
from api.pages.render import STYLE, STYLES
from tests.pages.looking import PAGES

MODERN_VALUE = re.compile(r"\b(min|max|clamp)\(|\banywhere\b")
"""Functions since Chromium 79, and a keyword since 80. `minmax(` is older than both."""
LOGICAL = re.compile(r"(margin|padding|inset|border)-(inline|block)(-start|-end)?|inset|aspect-ratio")
"""Properties that Chromium knows since 84 to 88, with those that are older kept out for being easily mistaken for them."""
GAPS = {"gap", "row-gap", "column-gap"}
MODERN_SELECTORS = (":has(", ":focus-visible", ":is(", ":where(")


def rules(style: str = STYLE) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each rule of a style, those within `@media` too: its selectors, and its declarations in order."""
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        pairs = (one.partition(":") for one in body.split(";") if one.strip())
        yield selectors.strip(), [(name.strip(), value.strip()) for name, _, value in pairs]


def faults(style: str) -> list[str]:
    """What an old browser would lose."""
    found = []
    for selectors, declarations in rules(style):
        for at, (name, value) in enumerate(declarations):
            before = [earlier for property, earlier in declarations[:at] if property == name]
            if MODERN_VALUE.search(value) and not any(not MODERN_VALUE.search(earlier) for earlier in before):
                found.append(f"{selectors}: {name}: {value}")
            if LOGICAL.fullmatch(name):
                found.append(f"{selectors}: {name}")
            if name in GAPS and not any(name == "display" and value == "grid" for name, value in declarations):
                found.append(f"{selectors}: {name}, and no grid")
        if "," in selectors and any(modern in selectors for modern in MODERN_SELECTORS):
            found.append(f"{selectors}: a browser that does not know one of these leaves out all")
    return found


def test_a_plain_value_stands_before_each_modern_one() -> None:
    assert len(list(rules())) > 80
    assert [fault for style in (STYLE, *STYLES.values()) for fault in faults(style)] == []


@pytest.mark.parametrize(
    "style",
    [
        "a { width: min(1px, 2px); }",
        "a { width: clamp(1px, 2px, 3px); width: 1px; }",
        "a { padding-block: 1px; }",
        "a { display: flex; gap: 1px; }",
        "a:has(b), c { color: red; }",
    ],
)
def test_what_an_old_browser_would_lose_is_found(style: str) -> None:
    assert faults(style)
    assert not faults("a { width: 1px; width: min(1px, 2px); } b { display: grid; gap: 1px; }")


class Drawings(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "svg":
            self.found.append(dict(attrs))


@pytest.mark.parametrize("name", PAGES)
def test_every_drawing_carries_its_size_and_colours_so_that_without_a_style_nothing_is_covered(name: str) -> None:
    for drawing in Drawings(PAGES[name](Language.zh, False)).found:
        assert {"width", "height", "fill", "stroke", "stroke-width"} <= drawing.keys()
        assert drawing["fill"] == "none"
