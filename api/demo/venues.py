"""The venues of the demonstration: of every kind, over the towns of the district, through the service by which people enter them.

Their positions lie in the open sea, where nobody stands.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.venues.service import Told, close_venue, create_venue
from api.versions import Expected
from models.enums import OrganizationKind, VenueKind
from models.organization import Organization

K = VenueKind

WEST, SOUTH = 123.2, 29.7
APART, NEARBY = 0.03, 0.002
"""Degrees between towns, and between the venues of one."""
TOWNS, IN_A_ROW = 12, 4
OFFICE_HOURS = "Mo-Fr 08:30-11:30,14:00-17:00; Sa 08:30-11:30; PH off"
HALLS = "党史厅", "党视厅", "党誓厅", "党师室", "党识厅", "党事厅"
BASES = "明湖渔火旧址", "菱湾夜校旧址", "砚峰交通站旧址"
SERVICES: Mapping[VenueKind, tuple[str, ...]] = {
    K.service_center: ("代办", "咨询", "饮水", "图书"),
    K.station: ("饮水", "充电", "热饭", "急救箱"),
    K.substation: ("饮水", "充电"),
    K.care_point: ("饮水",),
    K.window: ("组织关系转接", "党费查询"),
    K.discussion_corridor: ("说事", "调解"),
}


def add_venues(work: Work, officer: Access, tree: Mapping[str, Organization], branch: Organization) -> list[Told]:
    """Enter some seventy venues, those of a branch of the first town first; one of them is closed, and one is not public. Returns
    those that are open."""
    planner = _Planner(work, officer.using(Permission.venue_write))
    organizations = list(tree.values())
    planner.add(branch, K.responsibility_area, f"{branch.name}党员责任区")
    planner.add(branch, K.activity_room, f"{branch.name}活动室", opening_hours=OFFICE_HOURS)
    planner.add(branch, K.window, f"{branch.name}便民窗口", opening_hours=OFFICE_HOURS)
    planner.move_to(TOWNS)
    root = organizations[0]
    hall = planner.add(root, K.political_life_hall, "明湖政治生活馆", opening_hours="Tu-Su 09:00-16:30; Mo off")
    for name in HALLS:
        planner.add(root, K.hall_room, name, parent_id=hall, position=None)
    for name in BASES:
        planner.add(root, K.red_base, name, opening_hours="Mo-Su 08:00-17:00")
    station = planner.add(root, K.station, "明湖驿站", opening_hours="24/7")
    towns = [one for one in organizations if one.kind is OrganizationKind.town][:TOWNS]
    for number, town in enumerate(towns):
        planner.move_to(number)
        villages = [one for one in organizations if one.parent_id == town.id and one.kind is not OrganizationKind.enterprise]
        village = next(one for one in villages if one.kind in (OrganizationKind.village, OrganizationKind.community))
        center = planner.add(town, K.service_center, f"{town.name}党群服务中心", opening_hours=OFFICE_HOURS)
        planner.add(village, K.service_center, f"{village.name}党群服务中心", opening_hours=OFFICE_HOURS)
        if number % 2:
            planner.add(town, K.activity_room, f"{town.name}党员活动室", parent_id=center, opening_hours=OFFICE_HOURS)
            planner.add(village, K.discussion_corridor, f"{village.name}说事长廊")
        else:
            planner.add(town, K.window, f"{town.name}党务服务窗口", parent_id=center, opening_hours=OFFICE_HOURS)
            planner.add(village, K.responsibility_area, f"{village.name}第一党员责任区", is_public=number > 0)
        if number % 4 == 0:
            substation = planner.add(town, K.substation, f"明湖驿站{town.name}分站", parent_id=station, opening_hours="24/7")
            closed = planner.add(village, K.care_point, f"{village.name}爱心点", parent_id=substation)
    close_venue(work, planner.access, closed, "房屋翻修", Expected(None, required=False))
    return [told for told in planner.added if told.venue.id != closed]


class _Planner:
    """Enters venues one beside the other, in the town that it has moved to."""

    def __init__(self, work: Work, access: Access) -> None:
        self.work, self.access = work, access
        self.town, self.counts = 0, Counter[int]()
        self.added: list[Told] = []

    def move_to(self, town: int) -> None:
        self.town = town

    def add(self, owner: Organization, kind: VenueKind, name: str, **content: Any) -> UUID:
        row, column = divmod(self.town, IN_A_ROW)
        self.counts[self.town] += 1
        number = self.counts[self.town]
        lon = WEST + column * APART + number * NEARBY
        lat = SOUTH + row * APART + number % 3 * NEARBY
        stated = {
            "address": f"{owner.name}{number}号",
            "position": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)], "datum": "wgs84"},
            "services": list(SERVICES.get(kind, ())),
        }
        told = create_venue(
            self.work, self.access, organization_id=owner.id, kind=kind, content={"name": name, **stated, **content}
        )
        self.added.append(told)
        return told.venue.id
