"""The pages of a branch's wall, of a pledge and of what was done for it."""

import re
from dataclasses import replace
from uuid import UUID

import pytest

from api.codes.reading import grouped
from api.errors import NotFound
from api.language import Language
from api.pages.render import moment
from api.pledges.figures.rules import Ratio
from api.pledges.public.page import Rated, pledge_page, wall_page
from api.pledges.public.rules import OnWall, ProgressShown
from tests.pages.looking import OWED, links, shown
from tests.pages.specimens import IMPRINT, asked
from tests.pledges.specimens import LARGEST, PAGES, PRINTED, READ_AT, TOLD, VIEW, WALL
from tests.profiles.lines import PLEDGES, TODAY

ON_ENGINES = ("sqlite",)


@pytest.mark.parametrize("name", LARGEST)
@pytest.mark.parametrize("language", Language)
def test_the_largest_wall_and_the_longest_pledge_stay_as_small_by_standing_in_parts(name: str, language: Language) -> None:
    for html in LARGEST[name](language, True):
        assert len(html.encode()) < OWED
        assert re.search("第.+页，共.+页|Page .+ of .+", html.partition("</title>")[0]) or name.startswith("1-")


def test_the_parts_of_a_wall_and_of_a_pledge_hold_everything_once_and_lead_to_each_other() -> None:
    how, number = asked(), len(PLEDGES)
    wall = replace(WALL, members=[OnWall(f"丁{one}", PLEDGES) for one in range(20)])
    walls: list[str] = []
    while not walls or "下一页" in walls[-1]:
        walls.append(wall_page(wall, how, code=PRINTED, years=(2026,), at=READ_AT, told=TOLD, page=len(walls) + 1))
    assert len(walls) > 2
    for one in range(20):
        shown_in = [html for html in walls if f"<bdi>丁{one}</bdi>" in html]
        assert 1 <= len(shown_in) <= 2
    items = sum(html.count('<li class="pledge">') for html in walls)
    assert items == 20 * number + len(wall.organization_pledges)
    assert [link for link in links(walls[1]) if "page=" in link] == [
        f"/C/{PRINTED}/wall?page=2&lang=en", f"/C/{PRINTED}/wall?page=2&lang=zh&large=1", f"/C/{PRINTED}/wall?page=3&lang=zh",
    ]  # fmt: skip
    told = [ProgressShown(UUID(int=one), TODAY, f"做了第{one}件。" + "修" * 200, None, []) for one in range(30)]
    pledges: list[str] = []
    while not pledges or "下一页" in pledges[-1]:
        view = replace(VIEW, progress=told)
        pledges.append(pledge_page(view, Rated("k" * 22), how, code=PRINTED, at=READ_AT, told=TOLD, page=len(pledges) + 1))
    assert [sum(f"做了第{one}件。" in html for html in pledges) for one in range(30)] == [1] * 30
    assert ["<form" in html for html in pledges] == [True] + [False] * (len(pledges) - 1)
    with pytest.raises(NotFound):
        wall_page(wall, how, code=PRINTED, years=(2026,), at=READ_AT, told=TOLD, page=len(walls) + 1)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", Language)
def test_on_paper_stand_the_code_in_its_groups_where_to_check_it_and_when_it_was_read(name: str, language: Language) -> None:
    html = PAGES[name](language, False)
    paper = shown("<body>" + html[html.index('<p class="paper" hidden>') :].partition("</p>")[0])
    assert moment(READ_AT, language).replace("\N{NO-BREAK SPACE}", " ") in paper and f"{IMPRINT.site}/C" in paper
    assert (grouped(PRINTED) in paper) == name.startswith("wall"), "the others are opened by a living code"


@pytest.mark.parametrize(
    ("share", "read"), [(Ratio(29, 100), "29%"), (Ratio(111, 128), "86%"), (Ratio(29_999, 30_000), "99%"), (Ratio(3, 3), "100%")]
)
def test_a_wall_tells_whole_percentages_rounded_down(share: Ratio, read: str) -> None:
    html = wall_page(replace(WALL, satisfaction=share), asked(), code=PRINTED, years=(2026,), at=READ_AT, told=TOLD)
    assert re.findall(r"[0-9]+%", shown(html))[0] == read
