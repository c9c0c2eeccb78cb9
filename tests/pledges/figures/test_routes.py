from datetime import date

from models.enums import PledgeState, Role
from tests.conftest import District
from tests.pledges.kept import YEAR, keep_member, keep_pledge

URL = "/v1/pledges/figures"


def test_the_figures_of_an_organisation_are_told_with_those_of_each_child(district: District) -> None:
    for code in ("B11", "B12"):
        key = keep_member(district, code)
        for _ in range(2):
            keep_pledge(district, code, key, state=PledgeState.fulfilled, due_on=date(YEAR, 12, 31))
    keep_member(district, "B12")
    deputy = district.sign_in(Role.deputy, "V1")
    told = deputy.get(URL, params={"organization_id": str(district.ids["V1"]), "year": YEAR}).json()
    assert told["pledge_rate"] == {"numerator": 2, "denominator": 3, "value": 0.6667}
    assert told["fulfillment_rate"] == {"numerator": 4, "denominator": 4, "value": 1.0}
    assert told["satisfaction_rate"] == {"numerator": 0, "denominator": 0, "value": None}
    assert (told["below_two"], told["overdue"], told["exempted"], told["withdrawn"]) == (1, 0, 0, 0)
    children = {child["organization_id"]: child["pledge_rate"]["denominator"] for child in told["children"]}
    assert children == {str(district.ids["B11"]): 1, str(district.ids["B12"]): 2}


def test_figures_are_told_within_reach_alone(district: District) -> None:
    asked = {"organization_id": str(district.ids["B12"]), "year": YEAR}
    assert district.sign_in(Role.deputy, "B11").get(URL, params=asked).status_code == 404
    assert district.sign_in(Role.member, "B12").get(URL, params=asked).status_code == 403
