"""What the tests' own record of locks makes of statements, and which orders of them it finds fault with."""

import pytest

from tests.locks import Mode, Step, circle_of, locks_of, take

KEPT, FOR_CHANGE, ALONE = Mode


@pytest.mark.parametrize(
    ("statement", "locks"),
    [
        ("SELECT card.id FROM card WHERE card.id = %(id)s FOR NO KEY UPDATE OF card", [("card", FOR_CHANGE)]),
        ("SELECT o.id FROM organization AS o ORDER BY o.id FOR KEY SHARE OF o", [("organization", KEPT)]),
        ("SELECT 1 FROM photo, consent FOR UPDATE OF photo, consent", [("photo", ALONE), ("consent", ALONE)]),
        ("SELECT k.key FROM sign_in_limit AS k FOR NO KEY UPDATE OF k SKIP LOCKED", []),
        ("DELETE FROM sign_in_limit WHERE key IN (SELECT k FROM sign_in_limit FOR NO KEY UPDATE OF sign_in_limit SKIP LOCKED)", []),
        ("SELECT organization.id FROM organization", []),
        ("UPDATE organization SET name=%(name)s, version=%(v)s WHERE organization.id = %(id)s", [("organization", FOR_CHANGE)]),
        ("UPDATE organization SET path=(%(p)s || organization.path) WHERE organization.path >= %(q)s", [("organization", ALONE)]),
        ("UPDATE card SET organization_id=%(o)s WHERE card.id = %(id)s", [("card", FOR_CHANGE), ("organization", KEPT)]),
        ("DELETE FROM photo WHERE photo.id = %(id)s", [("photo", ALONE)]),
        ("INSERT INTO plate (id, card_id, organization_id) VALUES (%(a)s, %(b)s, %(c)s)", [("card", KEPT), ("organization", KEPT)]),
        ("LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE", [("signing_key", ALONE)]),
    ],
)
def test_the_locks_of_a_statement_are_read(statement: str, locks: list[tuple[str, Mode]]) -> None:
    assert list(locks_of(statement)) == locks


def test_a_column_without_a_value_refers_to_nothing() -> None:
    statement = "INSERT INTO plate (id, card_id, organization_id) VALUES (%(a)s, %(b)s, %(c)s)"
    assert list(locks_of(statement, {"card_id"})) == [("organization", KEPT)]


def steps(*locks: tuple[str, Mode]) -> list[Step]:
    held: dict[str, Mode] = {}
    return [step for lock in locks for step in take(held, lock)]


def test_two_orders_in_which_each_waits_for_the_other_are_a_circle_of() -> None:
    found = circle_of([*steps(("member", FOR_CHANGE), ("card", FOR_CHANGE)), *steps(("card", FOR_CHANGE), ("member", FOR_CHANGE))])
    assert set(found) == {("member", FOR_CHANGE), ("card", FOR_CHANGE)}


def test_a_circle_may_lead_through_three() -> None:
    one, two, three = (("a", ALONE), ("b", KEPT)), (("b", ALONE), ("c", KEPT)), (("c", ALONE), ("a", KEPT))
    assert circle_of([*steps(*one), *steps(*two), *steps(*three)])
    assert not circle_of([*steps(*one), *steps(*two)])


def test_locks_that_do_not_hold_each_other_off_are_none() -> None:
    assert not circle_of([*steps(("member", FOR_CHANGE), ("card", KEPT)), *steps(("card", FOR_CHANGE), ("member", KEPT))])


def test_what_is_held_already_is_not_waited_for() -> None:
    assert not circle_of([*steps(("member", FOR_CHANGE), ("card", ALONE), ("member", FOR_CHANGE), ("member", KEPT))])


def test_two_who_keep_a_row_and_then_want_it_alone_are_a_circle_of() -> None:
    assert circle_of(steps(("organization", KEPT), ("organization", ALONE)))
    assert not circle_of(steps(("organization", FOR_CHANGE), ("organization", ALONE)))


def test_who_takes_alone_what_he_holds_for_change_waits_for_nobody_else_who_would_change_it() -> None:
    one, keeper = (("photo", FOR_CHANGE), ("file", FOR_CHANGE), ("photo", ALONE)), (("photo", KEPT), ("file", FOR_CHANGE))
    assert not circle_of(steps(*one))
    assert circle_of([*steps(*one), *steps(*keeper)])
