"""The pages that belong to no room, and invented people and places in the shapes that strain a page most.

Each room with pages has such a file: its `PAGES` are drawn and judged by all tests of pages.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from api.errors import Text
from api.language import Language
from api.pages.imprint import Imprint
from api.pages.render import Asked, lost_page, problem_page

SHANGHAI = ZoneInfo("Asia/Shanghai")
CODE = "B7K2M4QXTD9WHR3"
DYNAMIC = "1" + "7" * 198
BRANCH = "中共明州市澄湖区云岭镇石桥村支部委员会"
LONG_BRANCH = "中共明州市澄湖区东柳街道南塘河社区第一网格南塘新苑小区联合功能型流动党员支部委员会"
LONG_TOWN = "中共明州市澄湖区东柳街道工作委员会"
LONG_NAME = "阿卜杜热依木·买买提"
PHONE = "0574-8800 1234"
IMPRINT = Imprint(
    site="lx.chenghu.example.gov.cn",
    district="中共明州市澄湖区委员会",
    district_phone="0574-8800 0000",
    sponsor="中共明州市澄湖区委组织部",
    sponsor_phone="12371",
    sponsor_address="明州市澄湖区云岭路 1 号",
    filing_number="浙ICP备00000000号",
)


def asked(language: Language = Language.zh, *, large: bool = False, imprint: Imprint = IMPRINT) -> Asked:
    return Asked(language, large, imprint)


PAGES: dict[str, Callable[[Language, bool], str]] = {
    "lost": lambda language, large: lost_page(asked(language, large=large)),
    "problem": lambda language, large: problem_page(
        Text("尝试次数过多，请稍后再试。", "Too many tries; please wait."), asked(language, large=large), retry_after=90
    ),
}
