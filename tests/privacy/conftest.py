"""Somebody of whom every table keeps something."""

from uuid import UUID

import pytest

from tests.accounts.people import enrol
from tests.conftest import Caller, District
from tests.privacy.everything import Everything


@pytest.fixture
def account(district: District) -> Caller:
    """The account of a member of B11."""
    (member_id,) = enrol(district, "B11", "陈国华")
    return district.sign_in(None, "B11", member_id=member_id)


@pytest.fixture
def everything(district: District, account: Caller) -> Everything:
    with district.work() as work:
        return Everything(
            work,
            district.house,
            account=UUID(account.account_id),
            organization=district.ids["B11"],
            elsewhere=district.ids["B12"],
        )
