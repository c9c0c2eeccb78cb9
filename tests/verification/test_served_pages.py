"""The door as a telephone's browser meets it: a real server, real codes, and a browser that tells what it was asked to do."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from api.app import Application, create_app
from api.codes.reading import grouped, printed_code
from api.database import Origin
from api.house import House
from api.keys.service import ensure_key
from api.language import Language, said
from api.settings import Settings, fresh_secrets
from api.verification.misses import Misses
from api.verification.notes import write_note
from api.verification.rules import TooManyMisses
from api.verification.words import LAPSED
from models.card import Card, Plate
from models.enums import CardState, OrganizationKind, PlateKind
from models.organization import Organization
from tests.databases import migrated
from tests.serving import serving
from tests.verification.holders import change, hold, signed

HEIGHTS = {320: 568, 1280: 800}
HEADINGS = {
    "valid": ("有效", "Valid"),
    "suspended": ("暂停", "Suspended"),
    "revoked": ("已注销", "Cancelled"),
    "plate_withdrawn": ("已注销", "Cancelled"),
    "expired": ("已过期", "Expired"),
    "transferred": ("已转出", "Transferred"),
    "stale_code": ("请对方刷新二维码", "Ask for a fresh code"),
    "not_found": ("查无此码", "No such code"),
}


@dataclass
class Served:
    """A running server and one code for each answer."""

    app: FastAPI
    url: str
    codes: dict[str, str]


@dataclass
class Visit:
    """One tab, what it complained of, and whom it asked."""

    tab: Page
    served: Served
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str, language: Language, width: int) -> int:
        """Open a path of the server in a window of `width` CSS pixels; the status is given."""
        self.tab.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        answer = self.tab.goto(f"{self.served.url}{path}?lang={language}")
        assert answer is not None
        return answer.status

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def begin_in(self, name: str, value: str) -> None:
        """Wait until the page puts the keyboard in a field, which a browser does a moment after loading it, and read its value."""
        field = self.tab.locator(f"#{name}")
        expect(field).to_be_focused()
        assert field.input_value() == value

    def focused(self) -> Any:
        """Where the keyboard is: the name and value of a field, or the text of a link or button."""
        return self.tab.evaluate(
            "(({name, value, innerText}) => name ? `${name} ${value}`.trim() : innerText)(document.activeElement)"
        )

    def foreign(self) -> list[str]:
        return [address for address in self.asked if not address.startswith((f"{self.served.url}/", "data:"))]

    def pushed_sideways(self) -> Any:
        return self.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    def make(url: str) -> Application:
        values: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
        database_url = migrated(tmp_path_factory.mktemp("served") / "liangxian.db")
        return create_app(Settings(_env_file=None, database_url=database_url, public_url=url, log_level="ERROR", **values))

    with serving(make) as (app, url):
        yield Served(app, url, fill(app.state.house))


def fill(house: House) -> dict[str, str]:
    """Make a branch and one card for each answer; their codes by answer."""
    with house.database.writing(Origin("test")) as work:
        ensure_key(work, house.cipher)
        district = Organization(code="D", name="明湖区", kind=OrganizationKind.district, path="")
        district.path = f"{district.id.hex}/"
        branch = Organization(
            code="B",
            name="中共明湖区云溪镇上塘村第一支部委员会",
            kind=OrganizationKind.branch,
            parent_id=district.id,
            path="",
            service_phone="0574-00001234",
        )
        branch.path = f"{district.path}{branch.id.hex}/"
        work.add(district)
        work.flush()
        work.add(branch)
    codes = {"not_found": printed_code(PlateKind.desk_plate, 41)}
    for state in CardState:
        holder = hold(house, branch.id, "阿卜杜热依木·买买提")
        change(house, Card, holder.card_id, state=state)
        codes[state.value] = holder.code
    holder = hold(house, branch.id)
    change(house, Plate, holder.plate_id, withdrawn_at=datetime.now(UTC))
    return codes | {
        "plate_withdrawn": holder.code,
        "stale_code": signed(house, holder, age=3600).pack(),
        "long_valid": signed(house, holder, age=305).pack(),
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        reason = "NO BROWSER: the served pages were NOT tested. Debian: apt install chromium; or set CHROMIUM to its path."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def windows(browser: Browser) -> BrowserContext:
    return browser.new_context(locale="zh-CN")


@pytest.fixture
def visit(windows: BrowserContext, served: Served) -> Iterator[Visit]:
    # A tab of its own: what a browser says of one page it may say when the next test has begun.
    tab = windows.new_page()
    visit = Visit(tab, served)

    def hear_request(request: Request) -> None:
        visit.asked.append(request.url)

    def hear_console(message: ConsoleMessage) -> None:
        visit.complaints.append(message.text)

    tab.on("request", hear_request)
    tab.on("console", hear_console)
    yield visit
    tab.close()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("answer", HEADINGS)
def test_a_scanned_code_opens_a_page_that_says_the_answer(visit: Visit, answer: str, language: Language) -> None:
    status = visit.open(f"/C/{visit.served.codes[answer]}", language, min(HEIGHTS))
    assert status == (404 if answer == "not_found" else 200)
    assert visit.tab.locator("h1").inner_text() == HEADINGS[answer][language is Language.en]
    assert ("阿卜杜热依木" in visit.tab.content()) == (answer == "valid")
    for width, height in HEIGHTS.items():
        visit.tab.set_viewport_size({"width": width, "height": height})
        assert visit.pushed_sideways() <= 0, width
        if folder := os.environ.get("SHOTS"):
            visit.tab.screenshot(path=Path(folder) / f"served-{answer}-{language}-{width}.png")
    assert visit.foreign() == []
    # That the answer is a 404 is told on the console by the browser itself.
    assert [line for line in visit.complaints if "status of 404" not in line] == []


@pytest.mark.parametrize("width", HEIGHTS)
@pytest.mark.parametrize("language", Language)
def test_a_code_typed_with_the_keyboard_alone_leads_to_the_card(visit: Visit, language: Language, width: int) -> None:
    assert visit.open("/C", language, width) == 200
    for _ in range(3):
        visit.tab.keyboard.press("Tab")
    visit.tab.keyboard.type("D7K2M")
    visit.tab.keyboard.press("Enter")
    visit.tab.locator("[role=alert]").wait_for()
    visit.begin_in("code", "D7K2M")
    visit.tab.keyboard.press("Control+A")
    visit.tab.keyboard.type(grouped(visit.served.codes["valid"]).lower())
    visit.tab.keyboard.press("Enter")
    visit.tab.wait_for_url("**/C/*")
    assert visit.tab.locator("h1").inner_text() == HEADINGS["valid"][language is Language.en]
    assert visit.foreign() == []
    assert visit.pushed_sideways() <= 0
    assert [line for line in visit.complaints if "status of 422" not in line] == []
    visit.tab.go_back()
    visit.begin_in("code", "D7K2M")


@pytest.mark.parametrize("answer", ["valid", "stale_code", "not_found"])
def test_the_links_of_a_page_lead_to_the_same_answer_in_the_other_language_and_size(visit: Visit, answer: str) -> None:
    visit.open(f"/C/{visit.served.codes[answer]}", Language.zh, 320)
    visit.tab.get_by_role("link", name="English").click()
    visit.tab.wait_for_url("**lang=en**")
    assert visit.tab.locator("h1").inner_text() == HEADINGS[answer][1]
    visit.tab.get_by_role("link", name="Larger").click()
    visit.tab.wait_for_url("**large=1**")
    assert visit.tab.locator("h1").inner_text() == HEADINGS[answer][1]
    assert visit.pushed_sideways() <= 0
    assert visit.foreign() == []


def test_an_answer_given_already_stays_on_our_own_pages_and_is_not_passed_on(visit: Visit) -> None:
    code, house = visit.served.codes["long_valid"], visit.served.app.state.house
    note = write_note(house.cipher, code, datetime.now(UTC) - timedelta(minutes=5))
    address = f"/C/{code}?lang=en&seen={note}"
    visit.tab.goto(f"{visit.served.url}{address}")
    assert visit.tab.locator("h1").inner_text() == LAPSED.heading.en
    visit.tab.goto(f"{visit.served.url}/C?lang=en")
    visit.tab.evaluate("address => { location.href = address }", address)
    visit.tab.wait_for_url("**seen=**")
    for again in ("Larger", "Smaller", "中文"):
        assert visit.tab.locator("h1").inner_text() == "Valid", again
        visit.tab.get_by_role("link", name=again).click()
        visit.tab.wait_for_load_state()
    visit.tab.reload()
    assert visit.tab.locator("h1").inner_text() == "有效"


@pytest.mark.parametrize("width", HEIGHTS)
@pytest.mark.parametrize("language", Language)
def test_a_code_is_reported_with_the_keyboard_alone_and_a_fault_loses_nothing(visit: Visit, language: Language, width: int) -> None:
    english = language is Language.en
    assert visit.open(f"/C/{visit.served.codes['valid']}/report", language, width) == 200
    visit.press("Tab", "Tab", "Tab")
    assert visit.focused() == "kind not_the_person"
    visit.press("Tab")
    visit.tab.keyboard.type("昨天在菜场")
    visit.press("Tab")
    visit.tab.keyboard.type("call me")
    visit.press("Enter")

    faults = visit.tab.locator("[role=alert] a")
    faults.first.wait_for()
    assert visit.tab.locator("#details").input_value() == "昨天在菜场"
    assert visit.tab.locator("#contact").input_value() == "call me"
    assert visit.pushed_sideways() <= 0
    # The faults have the focus, and each is a link that leads to its field.
    expect(visit.tab.locator("#faults")).to_be_focused()
    visit.press("Tab")
    assert visit.focused() == faults.first.inner_text() == visit.tab.locator("#kind-wrong").inner_text()
    visit.press("Enter")
    assert visit.focused() == "kind not_the_person"
    visit.press("ArrowDown", "Tab")
    assert visit.focused() == "details 昨天在菜场"
    visit.press("Tab", "Control+A")
    visit.tab.keyboard.type("0574-00005678")
    visit.press("Tab")
    assert visit.focused() == ("Send the report" if english else "提交举报")
    visit.press("Enter")

    receipt = visit.tab.locator(".receipt dd")
    receipt.wait_for()
    assert visit.tab.locator("h1").inner_text() == ("Received" if english else "已收到")
    number = receipt.inner_text()
    assert visit.pushed_sideways() <= 0
    visit.press("Tab", "Enter")
    visit.tab.wait_for_url("**/R/*")
    assert visit.tab.locator("h1").inner_text() == ("已收到" if english else "Received")
    assert receipt.inner_text() == number
    # Whoever goes back from the receipt finds the forms that he filled in, and no page that cannot be shown again.
    for _ in range(2):
        visit.tab.go_back()
    assert visit.tab.locator("h1").inner_text() != ""
    assert visit.tab.locator("form, .receipt").count() == 1
    assert visit.foreign() == []
    assert [line for line in visit.complaints if "status of 422" not in line] == []


@pytest.mark.parametrize("path", ["/C", "/C/{valid}/report"])
def test_a_browser_says_of_each_form_that_it_comes_from_our_own_page(visit: Visit, path: str) -> None:
    visit.open(path.format(**visit.served.codes), Language.zh, 320)
    for blank in visit.tab.locator("form [required]:not([type=radio])").all():
        blank.fill("D7K2M")
    with visit.tab.expect_request(lambda request: request.method == "POST") as sent:
        visit.tab.locator("form button").click()
    assert sent.value.all_headers()["origin"] == visit.served.url
    visit.tab.locator("[role=alert]").wait_for()


def test_a_form_on_a_page_elsewhere_sends_nothing_that_is_taken(visit: Visit) -> None:
    form = f'<form method="post" action="{visit.served.url}/C"><input name="code" value="x"><button>send</button></form>'
    visit.tab.goto("about:blank")
    visit.tab.set_content(form)
    with visit.tab.expect_response("**/C") as answer:
        visit.tab.locator("button").click()
    assert answer.value.status == 403


@pytest.fixture
def exhausted(served: Served) -> Iterator[None]:
    """This network has asked for too many codes that there are not."""
    with pytest.raises(TooManyMisses):
        while True:
            served.app.state.misses.count("127.0.0.1")
    yield
    served.app.state.misses = Misses()


@pytest.mark.parametrize("language", Language)
def test_who_has_tried_too_many_codes_reads_what_to_do_and_finds_a_right_one(
    exhausted: None, visit: Visit, language: Language
) -> None:
    assert visit.open(f"/C/{visit.served.codes['not_found']}", language, 320) == 429
    assert said(TooManyMisses.text, language) in visit.tab.locator("[role=alert]").inner_text()
    visit.begin_in("code", grouped(visit.served.codes["not_found"]))
    assert visit.pushed_sideways() <= 0
    visit.press("Control+A")
    visit.tab.keyboard.type(visit.served.codes["valid"])
    visit.press("Enter")
    visit.tab.locator("h1", has_text=HEADINGS["valid"][language is Language.en]).wait_for()
    assert visit.foreign() == []
    assert [line for line in visit.complaints if "status of 429" not in line] == []
