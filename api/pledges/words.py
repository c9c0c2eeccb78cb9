"""What pages say of pledges and their ratings, in both languages."""

from collections.abc import Mapping

from api.errors import Text
from models.enums import Grade

GRADES: Mapping[Grade, Text] = {
    Grade.satisfied: Text("满意", "Satisfied"),
    Grade.fairly_satisfied: Text("较满意", "Fairly satisfied"),
    Grade.average: Text("一般", "So-so"),
    Grade.dissatisfied: Text("不满意", "Not satisfied"),
}
NO_GRADE = Text("请选一项：做得怎么样？", "Choose how well it is being kept.")
WORDS_TOO_LONG = Text("写得太长了，最多 200 个字。", "That is too long: at most 200 characters.")
NO_KEY = Text("表单的编号不对，请刷新页面再提交。", "The form’s own value is missing. Open the page again, and send it from there.")
QUARTERS: Mapping[str, Text] = {
    "1": Text("第一季度", "First quarter"),
    "2": Text("第二季度", "Second quarter"),
    "3": Text("第三季度", "Third quarter"),
    "4": Text("第四季度", "Fourth quarter"),
}
