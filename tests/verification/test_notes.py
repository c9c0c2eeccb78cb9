"""A page's own links carry a note of when its code was scanned, so that whoever enlarges it or goes back has not scanned again."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.database import Origin
from api.house import House
from api.verification.notes import write_note
from api.verification.rules import Reason
from api.verification.words import ANSWERS, LAPSED, OF_EARLIER
from models.card import Card, ScanCount
from models.enums import CardState
from tests.conftest import District
from tests.verification.holders import Holder, change, hold, signed

ON_ENGINES = {"sqlite"}
OUR_PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def holder(district: District, house: House) -> Holder:
    return hold(house, district.ids["B11"])


def scanned(house: House, holder: Holder, *, ago: int, age_then: int = 5) -> tuple[str, str]:
    """A living code that was scanned `ago` seconds ago, so many seconds after it was shown, and the note of that."""
    code = signed(house, holder, age=ago + age_then).pack()
    return code, write_note(house.cipher, code, datetime.now(UTC) - timedelta(seconds=ago))


def heading(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html)
    assert found
    return found[1].replace("<wbr>", "")


def leading_back(html: str, code: str) -> list[str]:
    """The page's links about its own code."""
    return [unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]*)"', html) if f"/C/{code}" in link]


def counted(app: FastAPI, holder: Holder) -> int:
    app.state.counts.write()
    with app.state.house.database.reading(Origin("test")) as work:
        return sum(row.count for row in work.exec(select(ScanCount).where(col(ScanCount.card_id) == holder.card_id)))


@pytest.mark.parametrize("dynamic", [False, True])
def test_every_link_of_a_page_about_its_own_code_carries_the_note_and_counts_no_second_scan(
    app: FastAPI, client: TestClient, house: House, holder: Holder, dynamic: bool
) -> None:
    code = signed(house, holder).pack() if dynamic else holder.code
    here, seen, opened = f"/C/{code}", set(), 0
    waiting = [here]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address, headers=OUR_PAGE)
        assert answer.status_code == 200, address
        opened += urlsplit(address).path == here
        links = leading_back(answer.text, code)
        assert [link for link in links if "seen=" not in link] == []
        waiting += links
    assert {urlsplit(address).path for address in seen} >= {here, f"{here}/report"}
    assert opened == 5
    assert counted(app, holder) == 1


def test_an_answer_stays_for_ten_minutes_with_the_time_at_which_it_was_true(
    app: FastAPI, client: TestClient, house: House, holder: Holder
) -> None:
    for ago in (85, 590):
        code, note = scanned(house, holder, ago=ago)
        at = (datetime.fromtimestamp(int(note.partition(".")[0]), house.settings.zone)).isoformat()
        for english in (False, True):
            page = client.get(f"/C/{code}?lang={'en' if english else 'zh'}&large=1&seen={note}", headers=OUR_PAGE).text
            assert heading(page) == ANSWERS[Reason.card_valid].heading[english]
            assert f'<time datetime="{at}">' in page and OF_EARLIER[english] in page
            assert "王秀兰" in page
        assert "王秀兰" in client.get(f"/C/{code}/report?seen={note}", headers=OUR_PAGE).text
    assert counted(app, holder) == 0


@pytest.mark.parametrize("site", [None, "none", "cross-site", "same-site", "same-origin, none"])
def test_later_or_from_elsewhere_the_answer_is_kept_back_and_nobody_is_accused(
    app: FastAPI, client: TestClient, house: House, holder: Holder, site: str | None
) -> None:
    code, note = scanned(house, holder, ago=610 if site is None else 100)
    headers = {"Accept": "text/html"} | ({"Sec-Fetch-Site": site} if site else {})
    for english in (False, True):
        page = client.get(f"/C/{code}?lang={'en' if english else 'zh'}&seen={note}", headers=headers).text
        assert heading(page) == LAPSED.heading[english] and LAPSED.meaning[english] in page
        assert ANSWERS[Reason.code_too_old].meaning[english] not in page
        assert "王秀兰" not in page
    assert "王秀兰" not in client.get(f"/C/{code}/report?seen={note}", headers=headers).text
    assert counted(app, holder) == 0


@pytest.mark.parametrize("site", ["none", "cross-site", "same-site"])
def test_a_page_that_was_opened_from_elsewhere_hands_no_note_on(
    client: TestClient, house: House, holder: Holder, site: str
) -> None:
    code, note = scanned(house, holder, ago=60)
    there = leading_back(client.get(f"/C/{code}?seen={note}", headers=OUR_PAGE).text, code)
    pages = {urlsplit(link).path for link in there} - {f"/C/{code}/photo"}
    assert f"/C/{code}/report" in pages
    for page in pages:
        carried = {
            own: note in " ".join(leading_back(client.get(f"{page}?seen={note}", headers=headers).text, code))
            for own, headers in ((True, OUR_PAGE), (False, OUR_PAGE | {"Sec-Fetch-Site": site}))
        }
        assert carried == {True: True, False: False}, page


def test_a_note_that_is_not_ours_or_is_about_another_code_or_a_code_that_was_old_then_changes_nothing(
    client: TestClient, house: House, holder: Holder
) -> None:
    code, note = scanned(house, holder, ago=120)
    other, old_then = scanned(house, holder, ago=121)[1], scanned(house, holder, ago=100, age_then=95)
    forged = note[:-1] + ("0" if note[-1] != "0" else "1")
    later = f"{int(note.partition('.')[0]) + 60}.{note.partition('.')[2]}"
    tried = [(code, wrong) for wrong in (other, forged, later, "", "x", "9" * 40, note + "&seen=x")]
    for text, wrong in [*tried, old_then]:
        page = client.get(f"/C/{text}?seen={wrong}", headers=OUR_PAGE).text
        assert ANSWERS[Reason.code_too_old].meaning.zh in page, wrong


def test_a_card_that_was_suspended_meanwhile_is_told_so(client: TestClient, house: House, holder: Holder) -> None:
    code, note = scanned(house, holder, ago=120)
    change(house, Card, holder.card_id, state=CardState.suspended)
    page = client.get(f"/C/{code}?seen={note}", headers=OUR_PAGE).text
    assert heading(page) == ANSWERS[Reason.card_suspended].heading.zh


def test_a_program_is_told_of_no_earlier_scan(client: TestClient, house: House, holder: Holder) -> None:
    code, note = scanned(house, holder, ago=120)
    assert client.get(f"/C/{code}?seen={note}", headers={"Accept": "application/json"}).json()["outcome"] == "stale_code"
