"""What a member agrees to, word for word, by version (China's Personal Information Protection Law, articles 14, 17 and 29).

A version's words never change once somebody may have agreed to them: other words are another version, and the newest is the one
that is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from api.errors import Text
from models.enums import ConsentKind


@dataclass(frozen=True)
class ConsentText:
    """Who handles what, for which purpose, who sees it, for how long, whether one must, and how it is taken back."""

    version: str
    handler: Text
    what: Text
    purpose: Text
    seen_by: Text
    kept: Text
    voluntary: Text
    withdraw: Text


_PHOTO_1 = ConsentText(
    version="photo-1",
    handler=Text(
        "处理者：您的党组织关系所在的党支部及其上级党组织。联系电话见您的亮显身份卡页面。",
        "Handled by the branch that you belong to and the organisations above it. Their telephone stands on your card's page.",
    ),
    what=Text(
        "处理的信息：您本人的一张免冠照片。照片属于敏感个人信息；系统会去除拍摄时间、地点等附带信息，并缩小后保存。不用于人脸识别。",
        "What: one portrait photo of you, which is sensitive personal information. When and where it was taken is removed from it, "
        "and it is kept at a small size. It is not used for face recognition.",
    ),
    purpose=Text(
        "用途：群众扫描您的亮显身份卡或牌证二维码时，核对持卡人是不是您本人。不作其他用途。",
        "Purpose: whoever scans the code of your card or plate can tell whether its holder is you. It serves nothing else.",
    ),
    seen_by=Text(
        "谁能看到：任何扫描您有效二维码的人，以及您所在党组织有权管理党员照片的工作人员。卡片暂停、失效后，扫码者即看不到。",
        "Seen by anybody who scans a valid code of yours, and by those of your organisation who look after members' photos. While "
        "your card is suspended, and once it has ended, nobody who scans it sees the photo.",
    ),
    kept=Text(
        "保存期限：到您撤回同意、更换照片或离开本区党组织时为止；备份中的副本随备份到期删除。",
        "Kept until you withdraw, replace the photo, or leave the district's organisations; copies in backups go as those expire.",
    ),
    voluntary=Text(
        "是否同意由您自愿决定。不同意或撤回同意，不影响您的身份卡和其他功能的使用，只是不显示照片。",
        "It is for you to decide. If you do not agree, or withdraw, your card and everything else work as before, without a photo.",
    ),
    withdraw=Text(
        "撤回方式：随时在本应用中撤回，或请党支部书记代为办理。撤回后照片立即删除，下一次扫码即不再显示。您还可以查阅、更换照片。",
        "Withdraw at any time in this app, or ask your branch's secretary. The photo is then removed, and the very next scan shows "
        "none. You may also look at the photo and replace it.",
    ),
)

TEXTS: Mapping[ConsentKind, tuple[ConsentText, ...]] = {ConsentKind.photo: (_PHOTO_1,)}
"""Every version of each text, the one that is asked for now last."""


def current(kind: ConsentKind) -> ConsentText:
    return TEXTS[kind][-1]
