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
QUARTERS: Mapping[str, Text] = {
    "1": Text("第一季度", "First quarter"),
    "2": Text("第二季度", "Second quarter"),
    "3": Text("第三季度", "Third quarter"),
    "4": Text("第四季度", "Fourth quarter"),
}
