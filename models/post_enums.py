"""The words that the database stores of posts. As `enums.py` it imports nothing of the project."""

from enum import StrEnum


class PostKind(StrEnum):
    """What sort of post (岗位) it is: 党内职务, 设岗定责的岗位, 窗口岗, 党员先锋岗, 第一书记, 挂职."""

    party = "party"
    duty = "duty"
    window = "window"
    pioneer = "pioneer"
    first_secretary = "first_secretary"
    secondment = "secondment"


class PostSlot(StrEnum):
    """A岗 and B岗."""

    primary = "primary"
    backup = "backup"


class HoldingHow(StrEnum):
    """How somebody has come to hold a post: 任命, 选举, 申报, 推荐."""

    appointed = "appointed"
    elected = "elected"
    applied = "applied"
    recommended = "recommended"
