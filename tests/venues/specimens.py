"""The page that the code of a venue opens, in the shapes that strain it most."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from api.language import Language
from api.venues.drawing import draw_venue
from api.venues.positions import Position
from api.venues.rules import Holder, Linked, OnDuty, PublicVenue
from models.enums import VenueKind
from tests.pages.specimens import BRANCH, LONG_BRANCH, LONG_NAME, PHONE, SHANGHAI, asked

CODE = "V7K2M9Q4R8T3V6X"
AT = datetime(2026, 11, 23, 9, 41, 14, tzinfo=UTC).astimezone(SHANGHAI)
CENTER = PublicVenue(
    id=UUID(int=1),
    organization_id=UUID(int=2),
    code=CODE,
    is_open=True,
    name="石桥村党群服务中心",
    kind=VenueKind.service_center,
    organization=BRANCH,
    address="澄湖区云岭镇石桥村12号（村委会西侧）",
    position=Position(29_816_700, 121_550_000),
    opening_hours="Mo-Fr 08:30-11:30,14:00-17:00; Sa 09:00-11:00; PH off",
    services=("代办", "饮水", "充电", "医保社保查询", "免费WiFi"),
    phone=PHONE,
    children=(Linked("石桥村党员活动室", VenueKind.activity_room, CODE), Linked("代办窗口", VenueKind.window, CODE)),
    posts=(
        OnDuty("便民服务岗", ("受理代办事项", "接待来访群众"), (Holder("王秀兰", "A"), Holder(LONG_NAME, "B"))),
        OnDuty("政策宣传岗", (), ()),
    ),
    nearest=(
        Linked("云岭镇镜湖驿站", VenueKind.station, CODE, 420),
        Linked("石桥村说事长廊", VenueKind.discussion_corridor, CODE, 4),
        Linked("南塘河社区第一网格南塘新苑小区党群服务中心", VenueKind.service_center, CODE, 4_960),
    ),
)
BARE = PublicVenue(
    id=UUID(int=1),
    organization_id=UUID(int=2),
    code=CODE,
    is_open=True,
    name="南塘河社区第一网格南塘新苑小区联合功能型流动党员支部委员会党员责任区",
    kind=VenueKind.responsibility_area,
    organization=LONG_BRANCH,
    address=None,
    position=None,
    opening_hours=None,
    services=(),
    phone=None,
)
WINDOW = replace(
    CENTER, kind=VenueKind.window, name="代办窗口", opening_hours="24/7", parent=Linked(CENTER.name, CENTER.kind, CODE), children=()
)
ABOVE = replace(BARE, phone=PHONE, phone_of="中共明州市澄湖区东柳街道工作委员会")
CLOSED = replace(CENTER, is_open=False, opening_hours=None, services=(), children=(), posts=())


def _of(venue: PublicVenue) -> Callable[[Language, bool], str]:
    return lambda language, large: draw_venue(venue, asked(language, large=large), code=CODE, at=AT)


PAGES: dict[str, Callable[[Language, bool], str]] = {
    "venue": _of(CENTER),
    "venue_window": _of(WINDOW),
    "venue_bare": _of(BARE),
    "venue_above": _of(ABOVE),
    "venue_closed": _of(CLOSED),
}
