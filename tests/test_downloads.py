"""What is told beside a file that is saved."""

import pytest

from api.web.downloads import MOST_TOLD, missing_characters


@pytest.mark.parametrize("number", [MOST_TOLD, MOST_TOLD + 1, 10_000])
def test_the_header_that_names_missing_characters_stays_short(number: int) -> None:
    told = missing_characters(chr(0x20000 + one) for one in range(number))["X-Missing-Characters"]
    assert told.startswith("U+20000 U+20001 ") and told.count("U+") == MOST_TOLD and len(told) < 1 << 10
    assert told.endswith(f" ({number})") is (number > MOST_TOLD)


def test_nothing_is_told_where_all_could_be_printed() -> None:
    assert missing_characters(()) == {}
