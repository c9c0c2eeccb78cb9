"""The words that the database stores of scores and appeals. As `enums.py` it imports nothing of the project."""

from enum import StrEnum


class ScoreScheme(StrEnum):
    """By which rule a year is scored: 锋领指数, 先锋指数, or half of it base, and pledges beside it."""

    vanguard_ningbo = "vanguard_ningbo"
    vanguard_80_20 = "vanguard_80_20"
    pledge_50_30_20 = "pledge_50_30_20"


class ScoreSection(StrEnum):
    """Where an entry counts: 基本, 正向加分, 反向扣分, 一票否决. One of the base takes away from it."""

    base = "base"
    bonus = "bonus"
    deduction = "deduction"
    veto = "veto"


class AppealState(StrEnum):
    """What an appeal has come to: the entry was wrong, or true and forgiven (容错), or it stands."""

    open = "open"
    upheld = "upheld"
    exempted = "exempted"
    refused = "refused"
