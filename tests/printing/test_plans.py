"""How SQLite means to find what a batch is made of, which carries a statement out as it is written."""

from api.printing.queries import chosen_members, plates, valid_cards
from models.enums import PlateKind
from models.organization import Organization
from tests.conftest import District
from tests.plans import plans

ON_ENGINES = ("sqlite",)


def test_the_plates_of_a_branch_are_found_by_its_cards_and_not_among_all_of_the_district(district: District) -> None:
    with district.work() as work:
        chosen = chosen_members(work.get_one(Organization, district.ids["B11"]), None)
    (plan,) = plans(
        district.house, "FROM plate", lambda work: plates(work, chosen, PlateKind.desk_plate, valid_cards(work, chosen))
    )
    assert "ix_plate_card_id" in plan and "SCAN" not in plan
