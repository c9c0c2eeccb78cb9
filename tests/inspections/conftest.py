import pytest

from models.enums import Role, VenueKind
from models.venue import Venue
from tests.conftest import Caller, District
from tests.standards.asking import publish_default
from tests.venues.kept import keep_venue


@pytest.fixture
def inspector(district: District) -> Caller:
    publish_default(district)
    return district.sign_in(Role.town_officer, "T1")


@pytest.fixture
def window(district: District) -> Venue:
    return keep_venue(district, kind=VenueKind.window, name="一号窗口")
