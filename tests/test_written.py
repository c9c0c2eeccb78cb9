import time
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import api.app  # noqa: F401  # which knows all bodies
from api.schemas import Written
from api.written import holds_identity_number


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("他的身份证号是９９０１０１１９６８０３１５００２８", True),
        ("号码 990101 19680315 0028。", True),
        ("990101-196803-150028", True),
        ("990101 - 19680315 - 0028", True),
        ("990101。19680315、0028", True),
        ("990101\n19680315\u200b0028", True),
        ("99010119680315 00 1x", True),
        ("电话 13800138000 990101196803150028", True),
        ("电话 13800138000，卡号 990101196803150029", False),
        ("请打 13800138000 0000001", False),
        ("2026-11-23 1234567894", False),
        ("1990101196803150028", False),
        ("9901011968031500281", False),
        ("九九零一零一一九六八零三一五零零二八", True),
        ("九九〇壹〇一，１９６８年０３月１５日，后四位 00二八", True),
        ("前六位990101，生日一九六八零三一五，后四位0028", True),
        ("990101出生于19680315尾号001，最后一位是x", True),
        ("9 9 0 1 0 1 ... 1 9 6 8 / 0 3 1 5 _ 0 0 2 8", True),
        ("第一批一共一百二十三户，二〇二六年三月一日前办完三件实事", False),
        ("", False),
    ],
)
def test_an_identity_number_is_known_by_its_check_character_however_it_is_grouped(words: str, holds: bool) -> None:
    assert holds_identity_number(words) is holds


def test_many_digits_are_searched_in_no_time() -> None:
    began = time.process_time()
    assert not holds_identity_number("1 2-" * 20_000)
    assert time.process_time() - began < 1


WORDS = ("普通的话写在这里就可以", "plain-words-123")
NUMBER = "990101196803150028"
OF_ITS_OWN_FORM = {
    "national_id": "is one",
    "mobile": "is read as a telephone number",
    "opening_hours": "is read as opening hours, of which a week may look like one",
    "password": "is kept by nobody",
    "present_password": "is kept by nobody",
    "new_password": "is kept by nobody",
    "refresh_token": "is kept by nobody",
    "ComplaintWrite.code": "is what was scanned",
    "SignIn.username": "is compared with what there is",
    "text_version": "is compared with what there is",
}
"""The texts in which no identity number is looked for, by their fields, and why."""


def bodies(kind: type[BaseModel] = Written) -> Iterator[type[BaseModel]]:
    for body in kind.__subclasses__():
        if body.__module__.startswith("api."):
            yield body
        yield from bodies(body)


def refusals(reads: TypeAdapter[Any], value: Any) -> set[str]:
    try:
        reads.validate_python(value)
    except ValidationError as error:
        return {fault["type"] for fault in error.errors()}
    return set()


def test_no_text_of_any_body_takes_an_identity_number() -> None:
    looked_at, taken = set(), set()
    for body in bodies():
        for name, field in body.model_fields.items():
            told: Any = Annotated[field.annotation, field]
            reads: TypeAdapter[Any] = TypeAdapter(told)
            for words in WORDS:
                for value, probe in ((words, NUMBER), ([words], [NUMBER])):
                    if refusals(reads, value):
                        continue
                    names = {name, f"{body.__name__}.{name}"}
                    looked_at |= names
                    if not names & OF_ITS_OWN_FORM.keys() and "identity_number" not in refusals(reads, probe):
                        taken.add((body.__name__, name))
    assert not taken
    assert looked_at >= {*OF_ITS_OWN_FORM, "name", "address", "services", "title", "text", "reason", "content", "details"}
