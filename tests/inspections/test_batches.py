"""Several inspections are sent together: what is read for it, and what comes of one that is changed meanwhile."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from api.inspections import judging
from api.web.writes import AT_ONCE, TooManyWrites, Writes
from models.venue import Venue
from tests.conftest import Caller, District
from tests.fetched import sent_in_writing
from tests.inspections.asking import URL, checklist, document, failing, final, passing
from tests.problems import assert_problem
from tests.standards.asking import answered, picture

FEW, MANY = 3, 23


def sent(caller: Caller, *documents: dict[str, Any]) -> list[tuple[str, str | None]]:
    items = answered(caller.post(f"{URL}/batch", json={"inspections": [*documents]}))["items"]
    return [(one["outcome"], one["code"]) for one in items]


@pytest.mark.engine("sqlite")
def test_who_writes_keeps_others_from_it_for_few_statements_each_and_for_none_where_there_is_no_news(
    district: District, inspector: Caller, window: Venue
) -> None:
    codes = [item["code"] for item in checklist(inspector, window)["items"]]

    def batch(ids: list[str], revision: int, result: str) -> list[dict[str, Any]]:
        items = [{"code": code, "result": result} for code in codes]
        return [document(window, *items, client_id=one, revision=revision) for one in ids]

    made: dict[str, list[int]] = {}
    for number in (FEW, MANY):
        ids = [str(uuid4()) for _ in range(number)]
        for revision, result, told in (
            (1, "pass", ("created", None)),
            (2, "not_applicable", ("updated", None)),
            (2, "not_applicable", ("unchanged", None)),
            (2, "pass", ("refused", "conflict")),
        ):
            with sent_in_writing(district.house) as statements:
                assert sent(inspector, *batch(ids, revision, result)) == [told] * number
            made.setdefault(told[0], []).append(len(statements))
    assert len(codes) > 5
    for outcome, (few, many) in made.items():
        assert (many - few) / (MANY - FEW) <= (5 if outcome in ("created", "updated") else 0), made


def test_each_inspection_of_a_batch_that_is_news_is_a_write(app: FastAPI, inspector: Caller, window: Venue) -> None:
    app.state.writes = Writes(clock=lambda: 1_000_000.0)
    documents = [document(window, passing("DK-01")) for _ in range(4)]
    assert sent(inspector, *documents[:3]) == [("created", None)] * 3
    assert sent(inspector, *documents[:3]) == [("unchanged", None)] * 3
    assert sent(inspector, *documents) == [("unchanged", None)] * 3 + [("created", None)]
    account_id = UUID(inspector.account_id)
    app.state.writes.count(account_id, AT_ONCE - 5)
    with pytest.raises(TooManyWrites):
        app.state.writes.count(account_id)

    app.state.writes = Writes(at_once=2)
    more = [document(window, passing("DK-01")) for _ in range(3)]
    assert_problem(inspector.post(f"{URL}/batch", json={"inspections": more}), 429, "too_many_writes")
    app.state.writes = Writes()
    assert sent(inspector, *more) == [("created", None)] * 3, "nothing of it was kept"


def test_what_is_changed_after_it_was_read_is_judged_by_what_holds_where_it_is_kept(
    district: District, inspector: Caller, window: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, other = document(window, passing("DK-01")), document(window, passing("DK-01"))
    answered(inspector.post(URL, json=draft), 201)
    read = judging.judge_inspections

    def read_and_let_another_phone_close_it(*args: Any) -> judging.Judged:
        judged = read(*args)
        monkeypatch.setattr(judging, "judge_inspections", read)
        answered(inspector.post(URL, json=final(inspector, window, client_id=draft["client_id"], revision=2)))
        return judged

    monkeypatch.setattr(judging, "judge_inspections", read_and_let_another_phone_close_it)
    changed = draft | {"revision": 3, "items": [failing()]}
    assert sent(inspector, changed, other) == [("refused", "inspection_closed"), ("created", None)]
    assert answered(inspector.get("/v1/rectifications"))["items"] == []


def test_of_one_inspection_that_is_sent_twice_at_once_the_later_stands(
    district: District, inspector: Caller, window: Venue
) -> None:
    kept, gone = picture(inspector), picture(inspector)
    first = document(window, failing(photo_ids=[gone]), failing("WN-01", photo_ids=[kept]))
    later = first | {"revision": 2, "items": [failing(), failing("WN-01", photo_ids=[kept]), passing("PP-01")]}
    last = later | {"revision": 3, "items": later["items"][1:]}
    other = document(window, failing(photo_ids=[gone]))
    assert sent(inspector, first, first, later, first, other, last) == [
        ("created", None),
        ("unchanged", None),
        ("updated", None),
        ("unchanged", None),
        ("created", None),
        ("updated", None),
    ]
    shown = {one["client_id"]: one for one in answered(inspector.get(f"{URL}/mine"))["items"]}
    assert [(item["code"], item["photo_ids"]) for item in shown[first["client_id"]]["items"]] == [("PP-01", []), ("WN-01", [kept])]
    assert [item["photo_ids"] for item in shown[other["client_id"]]["items"]] == [[gone]]
    # By what is known the second is no news, but by the first it is.
    changed = [last | {"revision": 4, "items": [passing("DK-01")]}, last | {"revision": 5}]
    assert sent(inspector, *changed) == [("updated", None)] * 2
    assert sent(inspector, last | {"revision": 6, "items": [passing("PP-01")]}) == [("updated", None)]
    assert sent(inspector, document(window, failing(photo_ids=[kept]))) == [("created", None)], "it was let go of"
