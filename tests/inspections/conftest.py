import pytest

from api.standards.drafts import create_standard_draft, publish_standard_draft
from api.versions import Expected
from models.enums import Role, VenueKind
from models.venue import Venue
from tests.conftest import Caller, District
from tests.venues.kept import keep_venue


@pytest.fixture
def inspector(district: District) -> Caller:
    with district.work() as work:
        create_standard_draft(work, "default", "规范", "首次发布。")
        publish_standard_draft(work, work.today, Expected(None, required=False))
    return district.sign_in(Role.town_officer, "T1")


@pytest.fixture
def window(district: District) -> Venue:
    return keep_venue(district, kind=VenueKind.window, name="一号窗口")
