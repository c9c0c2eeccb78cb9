"""Who loses a race is answered like who came later."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Index, UniqueConstraint

import api.app  # noqa: F401, for every refusal that any room declares
from api.accounts.rules import SlipRequestOpen
from api.database import Origin
from api.errors import Refusal
from api.organizations.rules import CodeTaken
from models import metadata
from models.account import SlipRequest
from models.enums import OrganizationKind, Role
from models.organization import Organization
from tests.conftest import District

UNREACHABLE = {
    "uq_organization_path": "a path ends with the organisation's own key",
    "uq_signing_key_slot": "keys are made one after another",
    "uq_signing_key_thumbprint": "of a fresh key",
    "uq_card_status_list_status_index": "places are given out one after another",
    "uq_card_credential_number": "random, and looked up before",
    "uq_plate_code": "random, and looked up before",
    "uq_consent_standing": "the member is locked",
    "uq_photo_member_id": "the member is locked",
    "uq_photo_file_id": "the file is made for the photo",
    "uq_photo_consent_id": "the member is locked",
    "uq_role_grant_alive": "the account is locked",
    "uq_stored_file_storage_key": "random",
    "uq_complaint_sent_digest": "complaints are taken in one after another",
    "uq_complaint_receipt_no": "random",
    "uq_refresh_token_digest": "random",
    "uq_pledge_text_no": "the pledge is locked",
    "uq_evaluation_period": "the pledge is locked",
    "uq_evaluation_sent_digest": "the pledge is locked",
    "uq_venue_code": "random",
    "uq_standard_number": "the district is locked",
    "uq_standard_token": "random",
    "uq_standard_item_code": "the draft is locked",
}


def unique() -> Iterator[str]:
    for table in metadata.sorted_tables:
        for rule in (*table.constraints, *table.indexes):
            if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique):
                yield str(rule.name)


def kinds(kind: type[Refusal]) -> list[type[Refusal]]:
    return [kind, *(one for below in kind.__subclasses__() for one in kinds(below))]


def test_each_unique_constraint_is_stood_for_by_one_refusal_or_out_of_reach() -> None:
    broken = Counter(kind.breaks for kind in kinds(Refusal) if kind.breaks is not None)
    assert set(broken) | set(UNREACHABLE) == set(unique())
    assert not set(broken) & set(UNREACHABLE)
    assert set(broken.values()) == {1}


def test_each_unique_constraint_of_a_table_has_columns_of_its_own() -> None:
    """SQLite names a broken one by them alone."""
    for table in metadata.sorted_tables:
        rules = [rule for rule in (*table.constraints, *table.indexes) if isinstance(rule, UniqueConstraint | Index)]
        columns = [frozenset(rule.columns.keys()) for rule in rules if isinstance(rule, UniqueConstraint) or rule.unique]
        assert len(columns) == len(set(columns)), table.name


def test_who_is_a_moment_too_late_is_refused_like_who_came_later(district: District) -> None:
    """One constraint of a whole table, and one of a part of it."""
    top, account_id = district.ids["B11"], UUID(district.sign_in(Role.administrator, "D").account_id)
    with pytest.raises(CodeTaken), district.house.database.writing(Origin("test")) as work:
        work.add_all(Organization(code="X", name="X", kind=OrganizationKind.group, parent_id=top, path=f"{one}/") for one in "ab")
    with pytest.raises(SlipRequestOpen), district.house.database.writing(Origin("test")) as work:
        work.add_all(
            SlipRequest(organization_id=top, account_id=account_id, requested_by=account_id, expires_at=work.at) for _ in "ab"
        )
