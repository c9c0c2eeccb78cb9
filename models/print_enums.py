"""The stored words of printing. Imports nothing of the project, like `enums.py`."""

from enum import StrEnum


class PrintKind(StrEnum):
    """What is printed at its true size: the plates of members, and the signs of venues."""

    name_badge = "name_badge"
    desk_plate = "desk_plate"
    post_plate = "post_plate"
    window_plate = "window_plate"
    household_plate = "household_plate"
    venue_sign = "venue_sign"


class PrintLayout(StrEnum):
    """Whether a page is one plate, or a sheet of A4 to be cut apart."""

    single = "single"
    a4 = "a4"


class LeftOutReason(StrEnum):
    """Why a batch of plates has none for somebody."""

    card_not_valid = "card_not_valid"
    no_plate = "no_plate"
    withdrawn = "withdrawn"
    emblem_not_allowed = "emblem_not_allowed"
    not_full_member = "not_full_member"
    missing_glyph = "missing_glyph"
