"""The pages of the three lists."""

import re

import pytest

from api.language import Language
from api.lists.page import list_page
from api.lists.rules import ListView
from tests.conftest import Caller, District
from tests.lists.asking import added, drafted, edited, officer_of, picture, published
from tests.lists.specimens import AT, EDITION, ITEMS, LONG
from tests.pages.looking import OWED, links, shown
from tests.pages.specimens import asked

HTML = {"Accept": "text/html"}


@pytest.fixture
def officer(district: District) -> Caller:
    return officer_of(district)


def test_anybody_reads_the_lists_and_walks_from_one_item_to_the_next(officer: Caller, district: District) -> None:
    stranger = district.client
    front = stranger.get("/lists", headers=HTML)
    assert front.status_code == 200 and front.text.count("还没有公布。") == 3
    unpublished = stranger.get("/lists/power", headers=HTML)
    assert unpublished.status_code == 404 and "没有找到这份清单" in unpublished.text
    drafted(officer)
    added(officer, number=2, title="便民代办", flow=[])
    url = added(officer, flow_picture_id=picture(officer))["flow_picture"]["url"]
    added(officer, number=9, title="低保申请")
    published(officer)
    front = stranger.get("/lists", headers=HTML)
    assert front.text.count("还没有公布。") == 2 and "共3项" in shown(front.text)
    whole = stranger.get("/lists/power", headers=HTML)
    assert [link for link in links(whole.text) if re.match(r"/lists/power/\d", link)] == [
        f"/lists/power/{number}?lang=zh" for number in (2, 3, 9)
    ]
    item = stranger.get("/lists/power/3?lang=zh", headers=HTML)
    told = shown(item.text)
    for words in ("权力清单 第3项", "公章使用", "再由书记审批。", "适用：村、经济合作社", "受理 代办员 时限：1天", "第1版"):
        assert words in told, words
    assert f'src="{url}"' in item.text
    assert {"/lists/power/2?lang=zh", "/lists/power/9?lang=zh", "/lists/power?lang=zh"} <= {*links(item.text)}
    assert "Economic" not in told and "economic cooperatives" in shown(stranger.get("/lists/power/3?lang=en", headers=HTML).text)
    drafted(officer, 1)
    edited(officer, 2, title="草案里的话")
    assert "草案里的话" not in stranger.get("/lists/power/2", headers=HTML).text
    for path in ("/lists/power/4", "/lists/power/0", "/lists/power/x", "/lists/rumours", "/lists/power?page=2"):
        missing = stranger.get(path, headers=HTML)
        assert missing.status_code == 404 and "text/html" in missing.headers["Content-Type"], path


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("language", Language)
def test_a_long_list_is_shown_in_parts_that_an_old_telephone_can_fetch(language: Language) -> None:
    view = ListView(EDITION, [*ITEMS.items, *[LONG] * 30])
    found: list[str] = []
    for page in range(1, 99):
        html = list_page(view, asked(language, large=True), at=AT, page=page)
        assert len(html.encode()) < OWED
        found += re.findall(r'href="(/lists/power/\d+)', html)
        if f"page={page + 1}" not in html:
            break
    assert len(found) == len(view.items) and page > 1
