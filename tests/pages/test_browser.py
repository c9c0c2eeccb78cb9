"""The pages as a browser draws them, on the smallest telephone and on an office computer."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, Route, sync_playwright

from api.language import Language
from api.pages.render import CONTENT_SECURITY_POLICY
from tests.pages.specimens import CARD_PAGES, PAGES

HOST = "http://pages.test"
HEIGHTS = {320: 568, 1280: 800}
AXE = Axe()
AXE_OPTIONS = {
    "resultTypes": ["violations", "incomplete"],
    "rules": {rule: {"enabled": True} for rule in ("color-contrast-enhanced", "target-size", "identical-links-same-purpose")},
}

ANSWERS = [*CARD_PAGES, "problem", "receipt", "receipt_bare", "too_many_misses", "too_many_complaints"]
EVERY_PAGE = pytest.mark.parametrize("name", PAGES)
BOTH_LANGUAGES = pytest.mark.parametrize("language", Language)
BOTH_WIDTHS = pytest.mark.parametrize("width", HEIGHTS)


@cache
def portrait() -> bytes:
    """A photo of nobody, of the size that photos are kept in."""
    picture = Image.new("RGB", (600, 800), "#7a96b4")
    drawing = ImageDraw.Draw(picture)
    drawing.ellipse((180, 140, 420, 440), fill="#e6c3a5")
    drawing.ellipse((60, 480, 540, 1100), fill="#33415c")
    content = BytesIO()
    picture.save(content, "JPEG")
    return content.getvalue()


@dataclass(frozen=True)
class Drawn:
    """A page in a window of one width: sizes in CSS pixels, boxes as left, top, width and height."""

    sizes: list[float]
    """Of all text."""
    targets: list[tuple[str, float, float]]
    """What can be pressed or written into, with its width and height."""
    outside: list[str]
    """What stands out of the page at either side, and by how far the page itself can be pushed sideways."""
    outside_doubled: list[str]
    """The same for a reader who has set the text size of his browser to 200 %."""
    answer_ends: float | None
    heading_ends: float
    heading_ends_doubled: float
    """Pixels below the window's upper edge; None where the page gives no answer."""
    inaccessible: str
    """What axe has to say against it, if anything."""
    undecided: list[str]
    """The rules that axe could not decide."""


@dataclass(frozen=True)
class Visit:
    """A page that was opened once, in windows of all widths, and what the browser said and asked meanwhile."""

    drawn: dict[int, Drawn]
    colour: str
    resources: int
    foreign: list[str]
    complaints: list[str]


@dataclass
class Window:
    """One tab, to which only our host answers, under the policy that the pages are served with."""

    tab: Page
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    visits: dict[tuple[str, Language, bool], Visit] = field(default_factory=dict)

    def answer(self, route: Route) -> None:
        address = route.request.url
        if not address.startswith(f"{HOST}/"):
            self.foreign.append(address)
            route.abort()
            return
        if address.endswith("/photo"):
            route.fulfill(body=portrait(), content_type="image/jpeg")
            return
        name, language, large = address.removeprefix(f"{HOST}/").split("/")
        route.fulfill(
            body=PAGES[name](Language(language), large == "large"),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    def show(self, name: str, language: Language, width: int, *, large: bool = False) -> Page:
        """Open a page in a window of `width` CSS pixels."""
        self.tab.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        self.tab.goto(f"{HOST}/{name}/{language}/{'large' if large else 'usual'}", wait_until="domcontentloaded")
        return self.tab

    def visit(self, name: str, language: Language, *, large: bool = False) -> Visit:
        """Open a page and look at all that the tests ask of it; who asks again is told what was seen then."""
        if (name, language, large) not in self.visits:
            self.foreign.clear()
            self.complaints.clear()
            tab = self.show(name, language, min(HEIGHTS), large=large)
            tab.wait_for_load_state("load")
            colour = tab.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor")
            resources = tab.evaluate("performance.getEntriesByType('resource').length")
            foreign, complaints = list(self.foreign), list(self.complaints)
            drawn = {width: self._drawn(width, judged=not large) for width in sorted(HEIGHTS)}
            self.visits[name, language, large] = Visit(drawn, colour, resources, foreign, complaints)
        return self.visits[name, language, large]

    def _drawn(self, width: int, *, judged: bool) -> Drawn:
        self.tab.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        usual = self.tab.evaluate(LOOK)
        self.tab.evaluate(
            "document.documentElement.style.fontSize = 2 * parseFloat(getComputedStyle(document.documentElement).fontSize) + 'px'"
        )
        doubled = self.tab.evaluate(LOOK)
        self.tab.evaluate("document.documentElement.style.fontSize = ''")
        results = AXE.run(self.tab, options=AXE_OPTIONS) if judged else None
        return Drawn(
            sizes=usual["sizes"],
            targets=[tuple(target) for target in usual["targets"]],
            outside=usual["outside"],
            outside_doubled=doubled["outside"],
            answer_ends=usual["answer"],
            heading_ends=usual["heading"],
            heading_ends_doubled=doubled["heading"],
            inaccessible=results.generate_report() if results and results.violations_count else "",
            undecided=[rule["id"] for rule in results.response["incomplete"]] if results else [],
        )


LOOK = """() => {
    const width = document.documentElement.clientWidth
    const all = [...document.body.querySelectorAll('*')]
    const out = all.filter(element => {
        const box = element.getBoundingClientRect()
        return box.left < -0.5 || box.right > width + 0.5
    })
    const pushed = document.documentElement.scrollWidth - width
    const bottom = selector => document.querySelector(selector)?.getBoundingClientRect().bottom ?? null
    return {
        sizes: all
            .filter(element => element.matches('input:not([type=hidden]), textarea') ||
                [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
            .map(element => parseFloat(getComputedStyle(element).fontSize)),
        targets: [...document.querySelectorAll(
            'a[href], button, label.choice, textarea, input:not([type=hidden], [type=radio])'
        )].map(element => {
            const box = element.getBoundingClientRect()
            return [element.textContent || element.id, box.width, box.height]
        }),
        outside: [...out.map(element => element.outerHTML.slice(0, 80)), ...(pushed > 0 ? [`pushed ${pushed} px`] : [])],
        answer: bottom('.answer'),
        heading: bottom('h1'),
    }
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        reason = "NO BROWSER: how the pages look was NOT tested. Debian: apt install chromium; or set CHROMIUM to its path."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(browser: Browser) -> Window:
    tab = browser.new_context(locale="zh-CN").new_page()
    window = Window(tab)
    tab.route("**/*", window.answer)
    tab.on("console", lambda message: window.complaints.append(message.text))
    return window


@BOTH_LANGUAGES
@EVERY_PAGE
def test_no_page_asks_another_host_or_breaks_its_own_policy(window: Window, name: str, language: Language) -> None:
    visit = window.visit(name, language)
    assert visit.colour == "rgb(156, 21, 25)"
    assert visit.resources == (1 if name in {"photo", "plate"} else 0)
    assert visit.foreign == []
    assert visit.complaints == []


@BOTH_WIDTHS
@BOTH_LANGUAGES
@EVERY_PAGE
def test_a_page_is_accessible_and_its_contrast_is_seven_to_one(window: Window, name: str, language: Language, width: int) -> None:
    drawn = window.visit(name, language).drawn[width]
    assert drawn.inaccessible == ""
    assert [rule for rule in drawn.undecided if rule.startswith("color-contrast")] == []


@pytest.mark.parametrize("large", [False, True])
@BOTH_WIDTHS
@BOTH_LANGUAGES
@EVERY_PAGE
def test_text_and_targets_are_large_enough_and_nothing_stands_out_at_the_side_even_in_text_of_200_per_cent(
    window: Window, name: str, language: Language, width: int, large: bool
) -> None:
    drawn = window.visit(name, language, large=large).drawn[width]
    assert min(drawn.sizes) >= (24 if large else 18)
    assert len(drawn.targets) >= 3
    assert [target for target in drawn.targets if min(target[1:]) < 48] == []
    assert drawn.outside == []
    assert drawn.outside_doubled == []


@BOTH_LANGUAGES
@pytest.mark.parametrize("name", ANSWERS)
def test_the_whole_answer_is_in_the_first_screen(window: Window, name: str, language: Language) -> None:
    ends = window.visit(name, language).drawn[320].answer_ends
    assert ends is not None and 0 < ends <= HEIGHTS[320]


@pytest.mark.parametrize("name", ["photo", "plate"])
def test_name_and_telephone_stand_beside_a_photo_in_the_first_screen_of_a_small_telephone(window: Window, name: str) -> None:
    window.show(name, Language.zh, 320)
    tab = window.tab
    tab.set_viewport_size({"width": 360, "height": 560})
    photo, person, call = (tab.locator(one).bounding_box() for one in (".person img", ".person .name dd", ".person .first"))
    assert photo and person and call
    assert photo["width"] <= 0.42 * 360 and person["x"] >= photo["x"] + photo["width"]
    assert max(person["y"] + person["height"], call["y"] + call["height"]) <= 560


@BOTH_LANGUAGES
@pytest.mark.parametrize("name", ANSWERS)
def test_sign_and_word_are_in_the_first_screen_in_large_text_too(window: Window, name: str, language: Language) -> None:
    drawn = window.visit(name, language, large=True).drawn[320]
    assert 0 < drawn.heading_ends <= HEIGHTS[320]
    assert 0 < drawn.heading_ends_doubled <= HEIGHTS[320]


@EVERY_PAGE
def test_whatever_has_the_focus_shows_it(window: Window, name: str) -> None:
    tab = window.show(name, Language.zh, 320)
    # The choices of one question are one stop of the Tab key.
    for _ in range(tab.locator("a[href], button, input:not([type=hidden], [type=radio]), input[id=kind], textarea").count()):
        tab.keyboard.press("Tab")
        style = tab.evaluate(
            "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
        )
        assert style == ["solid", "4px"]


@BOTH_LANGUAGES
@pytest.mark.parametrize("name", CARD_PAGES)
def test_on_paper_the_answer_is_black_on_white_within_a_border(window: Window, name: str, language: Language) -> None:
    tab = window.show(name, language, 1280)
    tab.emulate_media(media="print")
    try:
        coloured = tab.evaluate(
            """() => [...document.querySelectorAll('.top, .answer, .answer *, .ways .first')].filter(element => {
                const {color, backgroundColor} = getComputedStyle(element)
                return color !== 'rgb(0, 0, 0)' || backgroundColor !== 'rgba(0, 0, 0, 0)'
            }).map(element => element.outerHTML.slice(0, 80))"""
        )
        border = tab.evaluate("parseFloat(getComputedStyle(document.querySelector('.answer')).borderTopWidth)")
        assert coloured == []
        assert border >= 3
        assert tab.locator(".answer .sign").is_visible()
        assert tab.locator("h1").is_visible()
        assert not tab.locator(".top nav").is_visible()
    finally:
        tab.emulate_media(media="screen")
