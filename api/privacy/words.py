"""What is kept of a person, in the words of the copy that he is given."""

from typing import Final

from api.errors import Text
from models.base import Withheld

TABLES: Final[dict[str, Text]] = {
    "account": Text("账号", "account"),
    "appeal": Text("积分申诉", "appeals against scores"),
    "appraisal_peer": Text("党员互评", "what members say of each other"),
    "appraisal_item": Text("民主评议", "appraisals"),
    "audit_line": Text("本人账号的操作记录（近一年）", "what was done with the account, of the last year"),
    "card": Text("身份卡", "cards"),
    "complaint": Text("举报", "complaints"),
    "consent": Text("同意记录", "consents"),
    "correction_request": Text("信息更正申请", "corrections asked for"),
    "evaluation": Text("对本人承诺的评价", "evaluations of pledges"),
    "evaluation_tally": Text("各方评价汇总", "what others make of pledges, counted"),
    "honor": Text("荣誉", "honours"),
    "idempotent_request": Text("重复请求的答复", "answers to repeated requests"),
    "known_device": Text("登录过的设备", "devices signed in on"),
    "member": Text("党员信息", "the record of the member"),
    "membership_event": Text("党籍变动", "events of the membership"),
    "photo": Text("照片", "photo"),
    "plate": Text("铭牌", "plates"),
    "pledge": Text("承诺", "pledges"),
    "pledge_progress": Text("践诺进展", "progress of pledges"),
    "pledge_text": Text("承诺文本", "texts of pledges"),
    "post_application": Text("岗位申报", "applications for posts"),
    "post_holding": Text("任岗记录", "posts held"),
    "print_item": Text("制作记录", "plates printed"),
    "print_left_out": Text("未能制作的铭牌", "plates that could not be printed"),
    "profile": Text("对外展示的内容", "what strangers are shown"),
    "refresh_token": Text("登录令牌", "refresh tokens"),
    "refusal_count": Text("登录失败的次数", "how often signing in failed"),
    "role_grant": Text("角色", "roles"),
    "scan_count": Text("扫码次数", "how often cards were scanned"),
    "score_entry": Text("积分", "scores"),
    "second_factor": Text("动态验证码", "second factor"),
    "sign_in_session": Text("登录记录", "sign-ins"),
    "slip_request": Text("账号申请记录", "requests about the account"),
    "transfer": Text("组织关系转接", "transfers"),
    "stored_file": Text("照片和附件", "photos and attachments"),
}
NOT_GIVEN: Final = Text("不提供", "not given")
YES: Final = Text("是", "yes")
NO: Final = Text("否", "no")
WITHHELD: Final[dict[Withheld, Text]] = {
    Withheld.secret: Text("用于打开账号或设备，不向任何人显示。", "It opens an account or a device, and is shown to nobody."),
    Withheld.digest: Text("只用于查找旁边的号码，别无内容。", "It finds the number beside it again, and tells nothing else."),
    Withheld.answers: Text(
        "系统的答复只保存一天，答复时已给过该账号。", "Answers are kept for a day; the account was given each when it asked."
    ),
    Withheld.reported: Text(
        "反映问题的人得到承诺：被反映的人不会得知。",
        "Who reports something is promised that the person concerned does not learn of it.",
    ),
    Withheld.of_another: Text(
        "属于评价人；公开的评语见承诺旁。", "It is of whoever has evaluated; words that are shown stand beside the pledge."
    ),
    Withheld.one_grade: Text(
        "单个同事或群众的评价不告诉任何人；各等次的次数见“各方评价汇总”。",
        "What a single colleague or one of the masses has said is told to nobody; how often each grade was given is told, counted.",
    ),
    Withheld.one_judgement: Text(
        "单个党员对他人的评议不告诉任何人。", "What a single member has said of another is told to nobody."
    ),
}
ABOUT: Final = Text(
    "本文件是亮显系统保存的您的个人信息的副本（《个人信息保护法》第四十五条）。每部分是一张表；"
    "data.json 中各项用系统中的英文名称，names 给出各项的中文和英文名称，withheld 说明不提供的内容及原因。",
    "A copy of what liangxian keeps of you (PIPL, article 45). Each part is a table. In data.json each item stands under its "
    "name in the system; `names` tells what it is called in Chinese and English, `withheld` what is not given, and why.",
)
ROWS_LEFT_OUT: Final = Text(
    "以下各表内容太多，副本只装较新的一万条。更早的可向支部索取。",
    "Of these tables there is more than a copy holds: it has the newest ten thousand rows. Ask the branch for the older ones.",
)
LEFT_OUT: Final = Text(
    "照片和附件太多，副本装不下。以下较早的未装入，可在系统中逐张查看，或向支部索取。",
    "There are more photos and attachments than a copy holds. These older ones are left out; see them one by one where they stand, "
    "or ask the branch for them.",
)
