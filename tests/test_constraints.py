"""Who loses a race is answered like who came later."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint

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

UNREACHABLE: dict[str, str] = {
    name: why
    for part in sorted(Path(__file__).parent.glob("*/constraints.toml"))
    for name, why in tomllib.loads(part.read_text(encoding="utf-8"))["out_of_reach"].items()
}
"""The unique constraints that no two requests can break at once, and why, as each room tells beside its tests."""


def unique() -> Iterator[str]:
    for table in metadata.sorted_tables:
        for rule in (*table.constraints, *table.indexes):
            if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique):
                yield str(rule.name)


def kinds(kind: type[Refusal]) -> list[type[Refusal]]:
    return [kind, *(one for below in kind.__subclasses__() for one in kinds(below))]


def test_each_unique_constraint_is_stood_for_by_one_refusal_or_out_of_reach() -> None:
    broken = Counter(kind.breaks for kind in kinds(Refusal) if kind.breaks is not None)
    untold = sorted(set(unique()) - set(broken) - set(UNREACHABLE))
    assert not untold, (
        f'{untold}: write breaks = "{untold[0]}" into the refusal that tells it is taken, or tell in [out_of_reach] of '
        "tests/ROOM/constraints.toml why no two requests can break it at once"
    )
    left_over = sorted((set(broken) | set(UNREACHABLE)) - set(unique()))
    assert not left_over, f"{left_over}: no table has such a constraint, neither `breaks` nor a constraints.toml needs to name it"
    twice = sorted({name for name, refusals in broken.items() if refusals > 1} | (set(broken) & set(UNREACHABLE)))
    assert not twice, f"{twice}: let one refusal stand for it, or one constraints.toml"


def test_each_unique_constraint_of_a_table_has_columns_of_its_own() -> None:
    """SQLite names a broken one by them alone."""
    for table in metadata.sorted_tables:
        rules = [rule for rule in (*table.constraints, *table.indexes) if isinstance(rule, UniqueConstraint | Index)]
        columns = [frozenset(rule.columns.keys()) for rule in rules if isinstance(rule, UniqueConstraint) or rule.unique]
        assert len(columns) == len(set(columns)), table.name


KEYED = Index | PrimaryKeyConstraint | UniqueConstraint
LASTING = {"account", "campaign", "indicator", "member", "organization", "plate", "post", "post_holding", "venue"}
"""Of what stands in these tables no row is ever deleted."""


def test_no_index_of_a_table_is_told_twice() -> None:
    for table in metadata.sorted_tables:
        told = Counter(str(index.name) for index in table.indexes)
        assert [name for name, times in told.items() if times > 1] == [], table.name


def test_what_points_to_a_row_that_may_be_deleted_is_found_by_an_index() -> None:
    """A database looks for it at each deletion, among all rows where there is no index."""
    for table in metadata.sorted_tables:
        rules = [rule for rule in (*table.constraints, *table.indexes) if isinstance(rule, KEYED)]
        firsts = {rule.columns.keys()[0] for rule in rules}
        for key in table.foreign_keys:
            assert key.column.table.name in LASTING or key.parent.name in firsts, f"{table.name}.{key.parent.name}"


def test_who_is_a_moment_too_late_is_refused_like_who_came_later(district: District) -> None:
    """One constraint of a whole table, and one of a part of it."""
    top, account_id = district.ids["B11"], UUID(district.sign_in(Role.administrator, "D").account_id)
    with pytest.raises(CodeTaken), district.house.database.writing(Origin("test")) as work:
        work.add_all(Organization(code="X", name="X", kind=OrganizationKind.group, parent_id=top, path=f"{one}/") for one in "ab")
    with pytest.raises(SlipRequestOpen), district.house.database.writing(Origin("test")) as work:
        work.add_all(
            SlipRequest(organization_id=top, account_id=account_id, requested_by=account_id, expires_at=work.at) for _ in "ab"
        )
