"""Every migration goes up, down and up again on both engines, with data in it, and ends where the models are."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlmodel import select

from api import schema
from api.app import create_app
from api.building import PROFILES
from api.cards.service import Issuing, issue_to
from api.database import Origin, create_engine
from api.demo import district
from api.demo.seed import enrol, plant
from api.house import House
from api.keys.service import ensure_key
from api.profiles.service import mend_profiles
from api.settings import Settings
from models import metadata
from models.card import Card, ScanCount
from models.enums import ScanOutcome
from tests.conftest import District


@pytest.fixture
def filled(settings: Settings) -> Iterator[tuple[House, Engine]]:
    """A database with a tree, more than a thousand members, and their cards."""
    house: House = create_app(settings).state.house
    with house.database.writing(Origin("test")) as work:
        ensure_key(work, house.cipher)
        tree = list(district.organizations())
        today = work.at.date()
        people = list(district.members(tree, 7, today=today))[:1200]
        rows = enrol(work, people, plant(work, tree), house.cipher)
        list(issue_to(work, rows, Issuing(house.status_key, 5)))
        cards = work.exec(select(Card.id).limit(50)).all()
        work.add_all(ScanCount(hour=work.at, card_id=card, outcome=ScanOutcome.valid, count=2) for card in cards)
    engine = create_engine(settings.database_url)
    yield house, engine
    engine.dispose()
    house.database.close()


def _shape(engine: Engine) -> dict[str, Any]:
    """What the database itself says of its tables."""
    seen = inspect(engine)
    return {
        table: (
            sorted((column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(str(item["name"]) for item in seen.get_indexes(table)),
            sorted(str(item["name"]) for item in seen.get_unique_constraints(table)),
            sorted(str(item["name"]) for item in seen.get_foreign_keys(table)),
            sorted(str(item["name"]) for item in seen.get_check_constraints(table)),
        )
        for table in sorted(seen.get_table_names())
    }


def _content(engine: Engine) -> dict[str, int]:
    standing = set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        return {
            table.name: connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar_one()
            for table in metadata.sorted_tables
            if table.name in standing
        }


def test_each_revision_goes_down_and_up_with_data_in_it(filled: tuple[House, Engine]) -> None:
    _, engine = filled
    configuration = schema.config(engine.url.render_as_string(hide_password=False))
    fresh, content = _shape(engine), _content(engine)
    assert content["member"] == 1200 and content["card"] > 1000 and content["audit_line"] > 3000 and content["scan_count"] == 50
    revisions = [script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()]
    for revision in revisions[:-1]:
        before = _content(engine)
        command.downgrade(configuration, f"{revision}-1")
        between = _content(engine)
        command.upgrade(configuration, revision)
        after = _content(engine)
        # What the older schema has no room for is lost on the way down, and only that.
        assert {table: rows for table, rows in after.items() if table in between} == {table: before[table] for table in between}
    command.downgrade(configuration, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    schema.migrate(configuration.attributes["url"])
    assert _shape(engine) == fresh


def test_what_strangers_learn_of_members_is_filled_in_from_an_older_schema(filled: tuple[House, Engine]) -> None:
    house, engine = filled
    configuration = schema.config(engine.url.render_as_string(hide_password=False))
    standing = _content(engine)["profile"]
    command.downgrade(configuration, "0007")
    command.upgrade(configuration, "head")
    assert _content(engine)["profile"] == standing > 50
    with house.database.writing(Origin("test")) as work:
        assert mend_profiles(work, PROFILES) == 0


def test_the_models_and_the_migrations_agree(database_url: str) -> None:
    command.check(schema.config(database_url))
    engine = create_engine(database_url)
    for table in metadata.sorted_tables:
        key = inspect(engine).get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key], table.name
    engine.dispose()


def test_a_database_at_another_revision_is_refused(database_url: str) -> None:
    schema.check(database_url)
    command.downgrade(schema.config(database_url), "base")
    with pytest.raises(schema.UnknownSchema):
        schema.check(database_url)


@pytest.mark.parametrize("statement", ["UPDATE audit_line SET action = 'other'", "DELETE FROM audit_line"])
def test_the_database_itself_refuses_to_change_an_audit_line(district: District, statement: str) -> None:
    engine = district.house.database.engine
    with pytest.raises(Exception, match="never changed"), engine.begin() as connection:
        connection.execute(text(statement))
