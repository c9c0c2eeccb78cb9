"""The standard that is shipped, to begin from: what national rules and other places' published practice say, each with its source
and how far that is to be trusted, and what is our own. It is no district's.

Grades: A a site of the government, the Party or a newspaper; B an institution's copy; C a mirror or vendor, whose wording a person
has to check against the official text before it is called the rule; OURS our own proposal.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.enums import EmblemUse, Obligation, SignElement, VenueKind

TITLE: Final = "标识应用规范（通用默认版）"

_K, _E, _O = VenueKind, SignElement, Obligation
_ALL: Final = tuple(VenueKind)
_PARTY_PLACES: Final = (_K.service_center, _K.activity_room, _K.political_life_hall)
_RED: Final = "红底白字，黑体"

_REGULATION: Final = "《中国共产党党徽党旗条例》"
_MIRROR: Final = "loulanhongzao.com/149.html"
_FORBIDDING: Final = "ghcjyd.com/mip_new_details.php?newsid=2135727"
_TIANCHANG: Final = "天长市委组织部 tcxfw.gov.cn/Info/293548.aspx"
_OURS: Final = "本系统默认"

Basis = dict[str, str]


def _basis(about: str, text: str, source: str, grade: str) -> Basis:
    return {"about": about, "text": text, "source": source, "grade": grade}


def _ours(about: str, text: str) -> Basis:
    return _basis(about, text, _OURS, "OURS")


_MANDATORY: Final = _ours("obligation", "列为必设")
_RECOMMENDED: Final = _ours("obligation", "列为宜设")
_NO_EMBLEM: Final = _ours("emblem", "不使用党徽图案")
_USE: Final = _basis(
    "emblem", "党群服务中心、党员活动室等基层党组织活动场所可以使用党徽图案", f"{_REGULATION}第七条，{_MIRROR}", "C"
)
_USE_ON_BOARDS: Final = _basis("emblem", "党建宣传栏（墙）可以使用党徽图案", f"{_REGULATION}第七条，{_MIRROR}", "C")


def _most(emblem_mm: int) -> Basis:
    return _ours("emblem", f"党徽直径不大于 {emblem_mm} mm")


def _item(
    code: str,
    name: str,
    venue_kinds: Sequence[VenueKind],
    element: SignElement,
    obligation: Obligation,
    *basis: Basis,
    sizes: Sequence[tuple[int, int]] = (),
    article: str | None = None,
    **more: Any,
) -> Mapping[str, Any]:
    """One item; an emblem may stand on it where an `article` allows it. Sizes are width and height in millimetres."""
    nothing = dict.fromkeys(
        ("emblem_max_mm", "bottom_min_mm", "bottom_max_mm", "colours", "material", "position", "note", "text_template")
    )
    return {
        **nothing,
        "code": code,
        "name": name,
        "venue_kinds": [kind.value for kind in VenueKind if kind in venue_kinds],
        "element": element,
        "obligation": obligation,
        "sizes": [{"width_mm": width, "height_mm": height} for width, height in sizes],
        "tolerance_mm": 0,
        "proportional": False,
        "emblem": EmblemUse.allowed if article else EmblemUse.forbidden,
        "emblem_article": article,
        "basis": list(basis),
        "pictures": [],
        **more,
    }


def _forbidden(code: str, name: str, venue_kinds: Sequence[VenueKind], element: SignElement, *basis: Basis) -> Mapping[str, Any]:
    return _item(code, name, venue_kinds, element, _O.forbidden, *basis)


def _rule(text: str) -> Basis:
    return _basis("obligation", text, f"{_REGULATION}，{_FORBIDDING}（条号待查）", "C")


ITEMS: Final = (
    _item(
        "SG-01", "名称牌", (*_PARTY_PLACES, _K.red_base), _E.nameplate, _O.mandatory, _MANDATORY, _USE, _most(200),
        article="第七条", emblem_max_mm=200, text_template="{venue}",
    ),
    _item(
        "SG-02", "名称牌", (_K.station, _K.substation, _K.care_point, _K.discussion_corridor), _E.nameplate, _O.mandatory,
        _MANDATORY, _NO_EMBLEM,
        text_template="{venue}",
    ),
    _item(
        "RD-01", "党内功能室门牌", (_K.activity_room, _K.hall_room), _E.room_sign, _O.mandatory,
        _MANDATORY,
        _basis("colours", "党内功能室门牌红底白字、黑体、横式", _TIANCHANG, "A"),
        _basis("emblem", "党徽在左", _TIANCHANG, "A"),
        article="第七条", emblem=EmblemUse.required, colours=_RED, position="横式，党徽在左", text_template="{venue}",
    ),
    _item(
        "RD-02", "其他功能室门牌", (_K.service_center,), _E.room_sign, _O.recommended,
        _RECOMMENDED, _basis("colours", "其他功能室门牌蓝底白字、黑体", _TIANCHANG, "A"),
        colours="蓝底白字，黑体", position="横式", text_template="{venue}",
    ),
    _item(
        "WN-01", "窗口牌", (_K.window,), _E.window_sign, _O.mandatory,
        _MANDATORY,
        _basis("size", "窗口牌 50×25 cm", _TIANCHANG, "A"),
        _ours("size", "允许偏差 ±10 mm"),
        _basis("colours", "红底白字、黑体", _TIANCHANG, "A"),
        _most(80),
        sizes=[(500, 250)], tolerance_mm=10, article="第七条", emblem_max_mm=80, colours=_RED, text_template="{post}",
    ),
    _item(
        "DK-01", "桌牌", (_K.window,), _E.desk_plate, _O.mandatory,
        _MANDATORY,
        _basis("size", "桌牌 20×10 cm", _TIANCHANG, "A"),
        _ours("size", "允许偏差 ±5 mm"),
        _basis("colours", "红底白字、黑体", _TIANCHANG, "A"),
        _most(40),
        sizes=[(200, 100)], tolerance_mm=5, article="第七条", emblem_max_mm=40, colours=_RED, text_template="{name} {post}",
    ),
    _item(
        "RA-01", "责任区牌", (_K.responsibility_area,), _E.area_sign, _O.mandatory,
        _MANDATORY,
        _basis("size", "60×40 cm 或 80×60 cm", "chaxiaohao.com", "C"),
        _ours("size", "允许偏差 ±10 mm"),
        _basis("position", "安装高度 1.5–1.8 m", "chaxiaohao.com", "C"),
        _basis("text", "图案、责任党员姓名、责任范围、工作职责", "chaxiaohao.com", "C"),
        _NO_EMBLEM,
        sizes=[(600, 400), (800, 600)], tolerance_mm=10, bottom_min_mm=1500, bottom_max_mm=1800,
        position="牌下沿离地 1500–1800 mm", text_template="{venue} {name} {duties}", note="图案、姓名、范围、职责四要素",
    ),
    _item(
        "NP-01", "党组织条牌", (_K.service_center,), _E.nameplate, _O.recommended,
        _RECOMMENDED,
        _basis("size", "条牌 220×36 cm", "m.xinlihua99.com", "C"),
        _ours("size", "允许偏差 ±10 mm"),
        _basis("colours", "党委条牌白底红字", "m.xinlihua99.com", "C"),
        _basis("text", "只用批准的规范名称", "m.xinlihua99.com", "C"),
        _NO_EMBLEM,
        sizes=[(2200, 360)], tolerance_mm=10, colours="白底红字", text_template="{organization}", note="使用批准的规范名称",
    ),
    _item(
        "NP-02", "门牌", (_K.service_center, _K.activity_room), _E.nameplate, _O.recommended,
        _RECOMMENDED, _basis("size", "门牌 12×30 cm", "m.xinlihua99.com", "C"), _ours("size", "允许偏差 ±5 mm"), _NO_EMBLEM,
        sizes=[(300, 120)], tolerance_mm=5,
    ),
    _item(
        "NB-01", "党建宣传栏", (_K.service_center,), _E.notice_board, _O.recommended, _RECOMMENDED, _USE_ON_BOARDS,
        article="第七条",
    ),
    _item(
        "NB-02", "公示栏", (_K.service_center,), _E.notice_board, _O.mandatory,
        _MANDATORY,
        _basis("text", "公示党员的姓名、职务、岗位职责和监督电话", "公路局公示做法，ltmpg.com", "C"),
        _USE_ON_BOARDS,
        article="第七条", text_template="{name} {post} {duties} {phone}", note="姓名、职务、职责、监督电话",
    ),
    _item(
        "PP-01", "党员先锋岗牌", (_K.window,), _E.other, _O.recommended,
        _RECOMMENDED,
        _basis("emblem", "党员先锋岗可以使用党徽图案", f"{_REGULATION}第七条，{_MIRROR}", "C"),
        _most(80),
        article="第七条", emblem_max_mm=80,
    ),
    _item(
        "EM-01", "党徽", _PARTY_PLACES, _E.emblem, _O.recommended,
        _RECOMMENDED,
        _basis("size", "通用尺度直径 100、80、60 cm，可成比例放大或者缩小", f"{_REGULATION}第五条，{_MIRROR}", "C"),
        _basis("colours", "一般使用金黄色或者红色", f"{_REGULATION}，{_MIRROR}", "C"),
        _most(1000),
        sizes=[(1000, 1000), (800, 800), (600, 600)], proportional=True, article="第五条", emblem_max_mm=1000,
        colours="金黄色或者红色",
    ),
    _item(
        "FL-01", "党旗", _PARTY_PLACES, _E.flag, _O.recommended,
        _RECOMMENDED,
        _basis(
            "size", "通用尺度 288×192、240×160、192×128、144×96、96×64 cm，可成比例放大或者缩小",
            f"{_REGULATION}第八条，{_MIRROR}", "C",
        ),
        sizes=[(2880, 1920), (2400, 1600), (1920, 1280), (1440, 960), (960, 640)], proportional=True, article="第八条",
    ),
    _item(
        "VC-01", "阵地码牌", _ALL, _E.code_sign, _O.recommended,
        _RECOMMENDED, _ours("size", "二维码边长不小于 60 mm"), _NO_EMBLEM,
        note="二维码边长不小于 60 mm", text_template="{venue}",
    ),
    _item(
        "BD-01", "党员徽章", (), _E.badge, _O.recommended,
        _RECOMMENDED,
        _basis("size", "24×22.5×2 mm", "《关于规范党员佩戴党员徽章有关事宜的通知》（2017），sd-cancer.com/special/show/343", "B"),
        _basis("position", "佩戴于左胸中间位置", "《关于规范党员佩戴党员徽章有关事宜的通知》（2017），czkjst.org", "B"),
        article="中组部 2017", position="左胸", note="24×22.5×2 mm",
    ),
    _forbidden(
        "FB-01", "私人住宅（户牌）上的党徽", (), _E.household,
        _rule("党徽党旗及其图案不得用于私人场所、个人网络空间的标识物"),
    ),
    _forbidden(
        "FB-02", "党徽党旗上加文字、符号、二维码", _ALL, _E.emblem,
        _rule("不得在党徽党旗上添加任何文字、符号和图案"), _ours("obligation", "二维码也是添加的图案"),
    ),
    _forbidden("FB-03", "破损、污损、褪色的党徽党旗", _ALL, _E.emblem, _rule("不得使用破损、污损、褪色的党徽党旗")),
    _forbidden("FB-04", "倒挂、倒插", _ALL, _E.emblem, _rule("不得倒挂、倒插党徽党旗")),
)  # fmt: skip
"""Each item by the fields of `rules.CONTENT`."""
