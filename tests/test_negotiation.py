"""The form of an answer is the one that the client prefers (RFC 9110, section 12.5.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.negotiation import HTML, JSON, preferred_type

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        BROWSER,
        "text/*",
        "text/html",
        "text/html, application/json",
        "text/html;q=0.5, application/json;q=0.4",
        "application/json;q=0.9, text/html",
        "application/json;q=0.5, */*",
        "application/json;q=0",
        "application/json;q=0, */*;q=0.1",
        "application/json;q=0.1, text/*;q=0.2",
        "application/*;q=0.1, text/html;level=1;q=0.2",
        "image/png",
        "image/png, application/json;q=0",
        "text/json",
        "jsonish, text/htmlish",
    ],
)
def test_the_page_is_for_browsers_and_for_whoever_does_not_prefer_json(accept: str | None) -> None:
    assert preferred_type(accept, (HTML, JSON)) == HTML


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "Application/JSON",
        "application/*",
        "application/json, text/html",
        "application/json, text/plain, */*",
        "application/json;q=0.2, text/html;q=0.1",
        "text/html;q=0.5, application/json",
        "text/html;q=0, */*",
        "text/*;q=0.5, application/json;q=0.6",
        "*/*;q=0.5, application/json;q=0.6",
        "image/png, application/json;q=0.001",
        "application/json; charset=utf-8",
        "  application/json ; q=1.0 , text/html ; q=0.9",
    ],
)
def test_json_is_for_a_client_that_prefers_it_by_weight_and_then_by_order(accept: str) -> None:
    assert preferred_type(accept, (HTML, JSON)) == JSON


@pytest.mark.parametrize("accept", ["application/json, text/html", "text/html, application/json"])
def test_a_range_counts_for_the_types_that_it_names_and_for_no_others(accept: str) -> None:
    assert preferred_type(accept, ("image/png", "image/svg+xml")) == "image/png"


@given(st.text())
def test_no_header_is_an_error(accept: str) -> None:
    assert preferred_type(accept, (HTML, JSON)) in (HTML, JSON)


def test_a_very_long_header_is_read_no_further_than_any_client_needs() -> None:
    assert preferred_type("x/y," * 50_000 + JSON, (HTML, JSON)) == HTML
