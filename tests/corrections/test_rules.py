from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.adapters.cipher import AesGcmCipher, CannotOpen
from api.corrections import proposal
from api.errors import Invalid
from models.correction import CorrectionRequest
from models.enums import DatePrecision, Gender
from models.member import Member

ON_ENGINES = ("sqlite",)
CIPHER = AesGcmCipher({"k1": bytes(32)}, current="k1", digest_key=bytes(range(32)))

VALUES = {
    **dict.fromkeys(("full_name", "national_id", "mobile", "home_address", "employer"), st.none() | st.text(max_size=40)),
    **dict.fromkeys(("birth_date", "joined_on", "confirmed_on"), st.none() | st.dates()),
    **dict.fromkeys(("birth_precision", "joined_precision", "confirmed_precision"), st.sampled_from(DatePrecision)),
    "gender": st.none() | st.sampled_from(Gender),
    "is_mobile": st.booleans(),
}


def asked() -> CorrectionRequest:
    return CorrectionRequest(member_id=uuid4(), organization_id=uuid4(), changes_sealed=b"")


@given(st.fixed_dictionaries({}, optional=VALUES))
def test_what_was_sealed_opens_as_it_was(changes: dict[str, object]) -> None:
    request = asked()
    proposal.seal(request, changes, CIPHER)
    opened = proposal.opened(request, CIPHER)
    assert opened == changes
    assert {name: type(value) for name, value in opened.items()} == {name: type(value) for name, value in changes.items()}


def test_what_was_sealed_opens_in_no_other_request() -> None:
    request, other = asked(), asked()
    proposal.seal(request, {"mobile": "13800138000"}, CIPHER)
    other.changes_sealed = request.changes_sealed
    with pytest.raises(CannotOpen):
        proposal.opened(other, CIPHER)


def test_a_date_without_its_precision_means_that_day() -> None:
    assert proposal.whole({"birth_date": date(1968, 3, 15), "job_title": None}) == {
        "birth_date": date(1968, 3, 15),
        "birth_precision": DatePrecision.day,
        "job_title": None,
    }
    month = {"joined_on": date(1995, 7, 1), "joined_precision": DatePrecision.month}
    assert proposal.whole(month) == month


def test_a_precision_without_its_date_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        proposal.whole({"confirmed_precision": DatePrecision.month})
    assert [(fault.field, fault.rule) for fault in refused.value.faults] == [("body.confirmed_precision", "precision_alone")]


def test_of_a_date_both_parts_are_asked_for_though_only_one_differs() -> None:
    member = Member(joined_on=date(1995, 7, 1), joined_precision=DatePrecision.month)
    assert proposal.wanted(member, {"joined_precision": DatePrecision.day, "employer": "村委会"}) == {
        "joined_on": date(1995, 7, 1),
        "joined_precision": DatePrecision.day,
        "employer": "村委会",
    }
