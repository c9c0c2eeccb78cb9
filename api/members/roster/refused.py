"""Why a row is refused that is about somebody who is known."""

from api.adapters.tables import CellFault
from api.errors import Text
from api.members.rules import ENTERED_ABOVE

BRANCH_DIFFERS = CellFault(
    "branch_name",
    "branch_differs",
    Text(
        "该党员登记在另一个党组织。换组织请办理转接，不能用导入。",
        "This member belongs to another branch; to move is a transfer, not an import.",
    ),
)
ABOUT_ONESELF = CellFault(
    "full_name",
    "about_oneself",
    Text(
        "不能用导入修改本人的资料，请由其他有权限的人办理。",
        "Nobody changes his own record by an import; somebody else with the permission has to.",
    ),
)
FOR_THE_LEVEL_ABOVE = CellFault(
    "full_name",
    "for_the_level_above",
    Text(
        "此人与您同级或高于您，导入不改其资料，请由上一级办理。",
        "This person is your equal or stands above you: an import leaves the record as it is; the level above has to do it.",
    ),
)
CALLED_AS_ONE_OUT = CellFault("full_name", "for_the_level_above", ENTERED_ABOVE)
HAS_LEFT = CellFault(
    "full_name",
    "has_left",
    Text("该党员已标记为离开，不能用导入恢复。", "This member was marked as left; an import does not undo that."),
)
SEVERAL_NAMESAKES = CellFault(
    "full_name",
    "several_namesakes",
    Text("该党组织有几名同名党员，请填写身份证号。", "Several members of the branch may be meant; give the identity number."),
)
