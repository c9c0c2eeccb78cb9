"""The posts of 设岗定责 as they are named in published practice: templates to copy. Their duties were found nowhere."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from api.profiles.words import PARTY_POSTS
from models.enums import SourceGrade


class Basis(NamedTuple):
    """Where something is written, and how far that is to be trusted."""

    text: str
    source: str
    grade: SourceGrade


class Template(NamedTuple):
    """A post of the catalogue."""

    code: str
    group: str
    title: str
    basis: Sequence[Basis]


_NAMES: Final = (
    Basis("设岗定责的岗位名称", "360docs.net/doc/864052511.html", SourceGrade.C),
    Basis("设岗定责的岗位名称", "xiaomilidoc.com/p-2835961.html", SourceGrade.C),
    Basis("设岗定责的步骤", "baihe.gov.cn/Content-793431.html", SourceGrade.A),
    Basis("分组的名称", "OURS", SourceGrade.OURS),
)
_ROSTER: Final = (
    Basis("支部委员会的职务", "meijie5.cn, m.sp522.com", SourceGrade.C),
    Basis("分组的名称", "OURS", SourceGrade.OURS),
)

_GROUPS: Final = (
    ("PS", "生产服务", ("科技示范岗", "流通服务岗", "信息咨询岗")),
    ("DS", "民主监督", ("财务监督岗", "重大事项监督岗")),
    ("SE", "治安环境", ("治安维护岗", "设施维护岗", "环境卫生巡护岗")),
    ("CV", "文明新风", ("政策宣传岗", "文明新风岗")),
)

CATALOGUE: Final[tuple[Template, ...]] = (
    *(
        Template(f"{code}-{number:02}", group, title, _NAMES)
        for code, group, titles in _GROUPS
        for number, title in enumerate(titles, 1)
    ),
    *(Template(word.value, "党内职务", title.zh, _ROSTER) for word, title in PARTY_POSTS.items()),
)
CODES: Final = frozenset(one.code for one in CATALOGUE)


def list_post_catalogue() -> tuple[Template, ...]:
    """All posts of the catalogue, by their groups."""
    return CATALOGUE
