"""What pages say of a pledge and of a post, in both languages."""

from collections.abc import Mapping

from api.errors import Text
from models.enums import PartyPost, PledgeCategory, PledgeKind, PledgeState
from models.post_enums import PostSlot

STATES: Mapping[str, Text] = {
    "open": Text("{due}前", "By {due}"),
    "overdue": Text("已逾期：原定{due}前", "Overdue, was due by {due}"),
    PledgeState.fulfilled: Text("已兑现，{settled}", "Kept, {settled}"),
    PledgeState.unfulfilled: Text("未兑现，{settled}", "Not kept, {settled}"),
    PledgeState.exempted: Text("已免责，{settled}", "Excused, {settled}"),
    "evaluated_fulfilled": Text("已兑现，组织已评定，{settled}", "Kept, as assessed by the Party organisation, {settled}"),
    "evaluated_unfulfilled": Text("未兑现，组织已评定，{settled}", "Not kept, as assessed by the Party organisation, {settled}"),
    "archived": Text("已归档，原定{due}前", "Closed, was due by {due}"),
}
"""How a pledge stands, by the word that `drawing.py` has for it."""

KINDS: Mapping[PledgeKind, Text] = {
    PledgeKind.annual: Text("年度承诺", "Pledge for the year"),
    PledgeKind.instant: Text("即时承诺", "Short-term pledge"),
}
CATEGORIES: Mapping[PledgeCategory, Text] = {
    PledgeCategory.study: Text("学习", "Study"),
    PledgeCategory.work: Text("工作", "Work"),
    PledgeCategory.discipline: Text("自律", "Discipline"),
    PledgeCategory.service: Text("服务", "Service"),
}

PARTY_POSTS: Mapping[PartyPost, Text] = {
    PartyPost.secretary: Text("书记", "Secretary"),
    PartyPost.deputy_secretary: Text("副书记", "Deputy secretary"),
    PartyPost.organization_commissioner: Text("组织委员", "Organisation commissioner"),
    PartyPost.publicity_commissioner: Text("宣传委员", "Publicity commissioner"),
    PartyPost.discipline_commissioner: Text("纪检委员", "Discipline inspection commissioner"),
    PartyPost.committee_member: Text("委员", "Committee member"),
    PartyPost.group_leader: Text("党小组长", "Party group leader"),
}
"""What each post within the Party is called."""

SLOTS: Mapping[str, str] = {PostSlot.primary: "A", PostSlot.backup: "B"}
"""How pages write A岗 and B岗 behind a post or a name."""
SLOTS_ON_PAPER: Mapping[PostSlot, str] = {PostSlot.primary: "A岗", PostSlot.backup: "B岗"}

LABELS: Mapping[str, Text] = {
    "percent_done": Text("完成", "Done:"),
    "outcome_reason": Text("原因：", "Reason: "),
    "rate_it": Text("做得怎么样？请评一评", "How is it going? Rate it"),
    "pledge_more": Text("看进展和评价", "Progress and ratings"),
    "duties": Text("岗位和职责", "Posts and duties"),
    "sent_by": Text("派出：", "Sent by "),
    "honors": Text("荣誉", "Honours"),
    "wall_more": Text("看这个党组织的承诺墙", "Wall of pledges"),
}
"""What stands in a list of pledges, posts or honours and beside it, by the name that the templates have for it."""
