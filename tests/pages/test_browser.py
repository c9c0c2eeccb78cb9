"""The pages as a browser draws them, on the smallest telephone and on an office computer."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from api.language import Language
from api.pages.render import CONTENT_SECURITY_POLICY
from api.verification.rules import Reason
from tests.pages.looking import HEIGHTS, HOST, LOOK, PAGES, portrait
from tests.verification.specimens import CARD_PAGES, OUTCOMES

AXE = Axe()
AXE_OPTIONS = {
    "resultTypes": ["violations", "incomplete"],
    "rules": {rule: {"enabled": True} for rule in ("color-contrast-enhanced", "target-size", "identical-links-same-purpose")}
    # What has the enhanced contrast has the usual one.
    | {"color-contrast": {"enabled": False}},
}

ANSWERS = [name for name, draw in PAGES.items() if '<section class="answer' in draw(Language.zh, False)]
SEE = f"""async options => {{
    const look = {LOOK}
    const {{style}} = document.documentElement
    const usual = look()
    style.fontSize = 2 * parseFloat(getComputedStyle(document.documentElement).fontSize) + 'px'
    const doubled = look()
    style.fontSize = ''
    if (!options) return {{usual, doubled}}
    const {{violations, incomplete}} = await axe.run(options)
    return {{usual, doubled, judged: {{violations, incomplete}}}}
}}"""
"""Looks at a page in its own size and in twice that, and lets axe judge it where there are options of axe."""
BOXES = """all => all.map(element => {
    const {left, top, right, bottom} = element.getBoundingClientRect()
    return [left + scrollX, top + scrollY, right + scrollX, bottom + scrollY]
})"""
# What is asked of one page is asked one after the other, whichever test asks it: then the page is opened once.
EVERY_PAGE = pytest.mark.parametrize("name", PAGES, scope="module")
BOTH_LANGUAGES = pytest.mark.parametrize("language", Language, scope="module")
BOTH_WIDTHS = pytest.mark.parametrize("width", HEIGHTS)


@dataclass(frozen=True)
class Drawn:
    """A page in a window of one width: sizes in CSS pixels, boxes as left, top, width and height."""

    sizes: list[float]
    """Of all text."""
    targets: list[tuple[str, float, float]]
    """What can be pressed or written into, with its width and height."""
    outside: list[str]
    """What stands out of the page at either side, and by how far the page itself can be pushed sideways."""
    hidden: list[str]
    """What is covered by something else, or cut off."""
    split: list[str]
    """Telephones and parts of a host's name that stand in two lines."""
    outside_doubled: list[str]
    hidden_doubled: list[str]
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
    shown: str = ""
    """The address of the page in the tab."""
    width: int = 0
    is_bare: bool = False
    """Whether the page in the tab has its style taken away."""

    def answer(self, route: Route) -> None:
        address = route.request.url
        if not address.startswith(f"{HOST}/"):
            self.foreign.append(address)
            route.abort()
            return
        if address.endswith("/photo") or "/pictures/" in address:
            route.fulfill(body=portrait(), content_type="image/jpeg")
            return
        name, language, manner = address.removeprefix(f"{HOST}/").split("/")
        route.fulfill(
            body=PAGES[name](Language(language), manner == "large"),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY},
        )

    def show(self, name: str, language: Language, width: int, *, large: bool = False, bare: bool = False) -> Page:
        """Show a page in a window of `width` CSS pixels, opened anew where another is in the tab; `bare` is without its style."""
        address = f"{HOST}/{name}/{language}/{'large' if large else 'usual'}"
        self._resize(width)
        if self.shown != address:
            self.tab.goto(address)
            self.shown, self.is_bare = address, False
        if self.is_bare != bare:
            self.tab.evaluate("bare => { for (const sheet of document.styleSheets) sheet.disabled = bare }", bare)
            self.is_bare = bare
        return self.tab

    def visit(self, name: str, language: Language, *, large: bool = False) -> Visit:
        """Open a page and look at all that the tests ask of it; who asks again is told what was seen then."""
        if (name, language, large) not in self.visits:
            # Its usual form last, in which other tests ask for it afterwards.
            self.visits |= {(name, language, manner): self._visited(name, language, large=manner) for manner in (True, False)}
        return self.visits[name, language, large]

    def _visited(self, name: str, language: Language, *, large: bool) -> Visit:
        self.foreign.clear()
        self.complaints.clear()
        self.shown = ""
        tab = self.show(name, language, min(HEIGHTS), large=large)
        colour = tab.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor")
        resources = tab.evaluate("performance.getEntriesByType('resource').length")
        foreign, complaints = list(self.foreign), list(self.complaints)
        if not large:
            tab.evaluate(AXE.axe_script)
        drawn = {width: self._drawn(width, judged=not large) for width in sorted(HEIGHTS)}
        return Visit(drawn, colour, resources, foreign, complaints)

    def _resize(self, width: int) -> None:
        if self.width != width:
            self.tab.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            self.width = width

    def _drawn(self, width: int, *, judged: bool) -> Drawn:
        self._resize(width)
        seen = self.tab.evaluate(SEE, AXE_OPTIONS if judged else None)
        usual, doubled = seen["usual"], seen["doubled"]
        results = AxeResults(seen["judged"]) if judged else None
        return Drawn(
            sizes=usual["sizes"],
            targets=[tuple(target) for target in usual["targets"]],
            outside=usual["outside"],
            hidden=usual["hidden"],
            split=usual["split"],
            outside_doubled=doubled["outside"],
            hidden_doubled=doubled["hidden"],
            answer_ends=usual["answer"],
            heading_ends=usual["heading"],
            heading_ends_doubled=doubled["heading"],
            inaccessible=results.generate_report() if results and results.violations_count else "",
            undecided=[rule["id"] for rule in results.response["incomplete"]] if results else [],
        )


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
    html = PAGES[name](language, False)
    # Other pictures are asked for as they come near.
    assert 'loading="lazy"' in html or visit.resources == html.count("<img")
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
def test_text_and_targets_are_large_enough_and_nothing_stands_out_or_hides_even_in_text_of_200_per_cent(
    window: Window, name: str, language: Language, width: int, large: bool
) -> None:
    drawn = window.visit(name, language, large=large).drawn[width]
    assert min(drawn.sizes) >= (24 if large else 18)
    assert len(drawn.targets) >= 3
    assert [target for target in drawn.targets if min(target[1:]) < 48] == []
    assert drawn.outside == []
    assert drawn.hidden == []
    assert drawn.split == []
    assert drawn.outside_doubled == []
    assert drawn.hidden_doubled == []


@BOTH_LANGUAGES
@pytest.mark.parametrize("name", ANSWERS, scope="module")
def test_the_whole_answer_is_in_the_first_screen(window: Window, name: str, language: Language) -> None:
    ends = window.visit(name, language).drawn[320].answer_ends
    assert ends is not None and 0 < ends <= HEIGHTS[320]


@pytest.mark.parametrize("name", ["photo", "plate"])
def test_name_and_telephone_stand_beside_a_photo_in_the_first_screen_of_a_small_telephone(window: Window, name: str) -> None:
    window.show(name, Language.zh, 320)
    tab = window.tab
    tab.set_viewport_size({"width": 360, "height": 560})
    window.width = 360
    photo, person, call = (tab.locator(one).bounding_box() for one in (".person img", ".person .name dd", ".person .first"))
    assert photo and person and call
    assert photo["width"] <= 0.42 * 360 and person["x"] >= photo["x"] + photo["width"]
    # Fonts differ from one telephone to the next.
    assert max(person["y"] + person["height"], call["y"] + call["height"]) <= 560 - 24


def test_in_shades_of_grey_each_answer_differs_from_a_valid_one(window: Window) -> None:
    """As one sees it who tells no colours apart, in sunlight, or on a photocopy: a dark band, or a white one in a frame."""

    def middle(name: str) -> int:
        window.show(name, Language.zh, 320)
        shades = sorted(Image.open(BytesIO(window.tab.locator(".answer").screenshot())).convert("L").getdata())
        return int(shades[len(shades) // 2])

    valid = middle(Reason.card_valid)
    assert valid < 100
    for reason in set(OUTCOMES) - {Reason.card_valid}:
        assert middle(reason) > 230, reason


@BOTH_LANGUAGES
@pytest.mark.parametrize("name", ANSWERS, scope="module")
def test_sign_and_word_are_in_the_first_screen_in_large_text_too(window: Window, name: str, language: Language) -> None:
    drawn = window.visit(name, language, large=True).drawn[320]
    assert 0 < drawn.heading_ends <= HEIGHTS[320]
    assert 0 < drawn.heading_ends_doubled <= HEIGHTS[320]


@EVERY_PAGE
def test_whatever_has_the_focus_shows_it(window: Window, name: str) -> None:
    tab = window.show(name, Language.zh, 320)
    # Where a field has the focus from the beginning, one begins at the top all the same.
    if tab.locator("[autofocus]").count():
        tab.locator("[autofocus]").first.focus()
        tab.evaluate("scrollTo(0, 0)")
    tab.mouse.click(1, 1)
    # The choices of one question are one stop of the Tab key.
    for _ in range(tab.locator("a[href], button, input:not([type=hidden], [type=radio]), input[id=kind], textarea").count()):
        tab.keyboard.press("Tab")
        style = tab.evaluate(
            "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(getComputedStyle(document.activeElement))"
        )
        assert style == ["solid", "4px"], tab.evaluate("document.activeElement.outerHTML.slice(0, 120)")


@BOTH_LANGUAGES
@pytest.mark.parametrize("name", CARD_PAGES, scope="module")
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
        tab.emulate_media(media="null")


@pytest.mark.parametrize("name", ["plate", "photo", "pledged", "household", "receipt"])
def test_what_is_printed_is_one_sheet_of_a4(window: Window, name: str) -> None:
    tab = window.show(name, Language.en, 1280)
    assert len(re.findall(rb"/Type\s*/Page\b", tab.pdf(prefer_css_page_size=True))) == 1


@BOTH_LANGUAGES
def test_the_head_of_a_page_in_large_print_or_without_choices_stands_clear_of_its_edges(window: Window, language: Language) -> None:
    tab = window.show("lost", language, 320, large=True)
    top = tab.locator(".top p span").first.evaluate("element => element.getBoundingClientRect().top")
    assert top >= 8
    alone = window.show("report_faults", language, 320).locator(".top p span")
    gaps = alone.evaluate_all(
        "all => [all[0].getBoundingClientRect().top, all.at(-1).closest('.top').getBoundingClientRect().bottom "
        "- all.at(-1).getBoundingClientRect().bottom]"
    )
    assert min(gaps) >= 8


@EVERY_PAGE
def test_without_a_style_what_is_for_paper_stands_nowhere_on_the_screen(window: Window, name: str) -> None:
    tab = window.show(name, Language.zh, 320, bare=True)
    assert tab.locator(".paper").evaluate_all("all => all.filter(one => one.checkVisibility()).map(one => one.outerHTML)") == []


@EVERY_PAGE
def test_without_a_style_nothing_stands_out_or_hides_links_stand_apart_and_the_sign_is_in_lines(window: Window, name: str) -> None:
    tab = window.show(name, Language.zh, 320, bare=True)
    drawn = tab.evaluate(LOOK)
    assert drawn["outside"] == []
    assert drawn["hidden"] == []
    assert drawn["beside"] == []
    assert [ink for ink in inked(tab, ".answer .sign", paper=(255, 255, 255)) if not 0.05 < ink < 0.5] == []


@EVERY_PAGE
def test_in_the_colours_that_a_reader_forces_nothing_stands_out_or_hides_and_answer_and_drawings_are_seen(
    window: Window, name: str
) -> None:
    window.tab.emulate_media(forced_colors="active", color_scheme="dark")
    try:
        tab = window.show(name, Language.zh, 320)
        drawn = tab.evaluate(LOOK)
        assert drawn["outside"] == []
        assert drawn["hidden"] == []
        assert [ink for ink in inked(tab, ".sign, .icon, .plate", paper=(0, 0, 0)) if not 0.05 < ink < 0.5] == []
        if drawn["answer"] is not None:
            assert tab.evaluate("parseFloat(getComputedStyle(document.querySelector('.answer')).borderLeftWidth)") >= 3
    finally:
        window.tab.emulate_media(forced_colors="null", color_scheme="null")


def inked(tab: Page, drawings: str, paper: tuple[int, int, int]) -> list[float]:
    """Which part of each drawing stands out from its paper by much: one in lines has a little, a black disc most."""
    boxes = tab.locator(drawings).evaluate_all(BOXES)
    if not boxes:
        return []
    shot = Image.open(BytesIO(tab.screenshot(full_page=True))).convert("RGB")
    found = []
    for left, top, right, bottom in boxes:
        part = shot.crop((int(left), int(top), int(right), int(bottom)))
        area = part.width * part.height
        inked = (count for count, pixel in part.getcolors(area) or () if _differs(pixel, paper))
        found.append(sum(inked) / area)
    return found


def _differs(pixel: Any, paper: tuple[int, int, int]) -> bool:
    return any(abs(one - of) > 120 for one, of in zip(pixel, paper, strict=True))
