"""What is said of venues on their page, in both languages."""

from collections.abc import Mapping

from api.errors import Text
from api.venues.rules import MAY_STAND_ALONE, PARENTS
from models.enums import VenueKind

KINDS: Mapping[VenueKind, Text] = {
    VenueKind.service_center: Text("党群服务中心", "Party and community service centre"),
    VenueKind.activity_room: Text("党员活动室", "Party members’ activity room"),
    VenueKind.political_life_hall: Text("政治生活馆", "Political life hall"),
    VenueKind.hall_room: Text("功能厅", "Room of a political life hall"),
    VenueKind.red_base: Text("红色基地", "Red base"),
    VenueKind.station: Text("驿站", "Rest station"),
    VenueKind.substation: Text("驿站分站", "Branch of a rest station"),
    VenueKind.care_point: Text("爱心点", "Care point of a rest station"),
    VenueKind.discussion_corridor: Text("说事长廊", "Discussion corridor"),
    VenueKind.responsibility_area: Text("党员责任区", "Party members’ area of responsibility"),
    VenueKind.window: Text("服务窗口", "Service window"),
}

LABELS: Mapping[str, Text] = {
    "venue_service": Text("阵地查询", "About this venue"),
    "venue_valid": Text("有效", "Valid"),
    "venue_closed": Text("已关闭", "Closed"),
    "venue_closed_meaning": Text("这处阵地已经关闭，不再开放。", "This venue has closed and is no longer open to anybody."),
    "venue_checked": Text("查验", "Checked"),
    "venue_hours": Text("开放时间", "Opening hours"),
    "venue_address": Text("地址", "Address"),
    "venue_services": Text("服务项目", "What there is"),
    "venue_between": Text("、", ", "),
    "venue_call": Text("打电话", "Call"),
    "venue_posts": Text("谁在岗", "Who is on duty"),
    "venue_parent": Text("所属阵地", "Part of"),
    "venue_children": Text("这里还有", "Also here"),
    "venue_more": Text("另有{n}处未列出。", "{n} more are not named here."),
    "venue_posts_more": Text("另有{n}个岗位未列出。", "{n} more posts are not named here."),
    "venue_holders_more": Text("等，另有{n}人", " and {n} more"),
    "venue_nearest": Text("附近还有", "Nearby"),
    "venue_metres": Text("约{n}米", "about {n} m"),
    "venue_kilometres": Text("约{n}公里", "about {n} km"),
    "venue_wall": Text("看这个党组织的承诺墙", "See the pledges"),
    "venue_next": Text("您可以去附近的", "Where you can go instead"),
}
"""What stands on the page of a venue, by the name that its template has for it."""


def stands_in(kind: VenueKind) -> Text:
    """In which kinds of venues one of a kind may stand, for whoever has named another."""
    parents = [KINDS[one] for one in VenueKind if one in PARENTS.get(kind, ())]
    if not parents:
        return Text(
            f"{KINDS[kind].zh}没有上级阵地，请不要填写。", f"{KINDS[kind].en}: it stands in no other venue; leave this out."
        )
    zh, en = "、".join(one.zh for one in parents), ", ".join(one.en for one in parents)
    if kind in MAY_STAND_ALONE:
        return Text(
            f"{KINDS[kind].zh}的上级阵地只能是开放的{zh}，也可以不填。",
            f"{KINDS[kind].en}: it stands in an open venue of the kind {en}, or in none.",
        )
    return Text(
        f"{KINDS[kind].zh}必须有上级阵地，而且是开放的{zh}。",
        f"{KINDS[kind].en}: it has to stand in an open venue of the kind {en}.",
    )
