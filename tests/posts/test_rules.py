"""How many hold a post at once."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.posts.rules import Span, most_at_once

DAYS = [date(2026, 11, 20) + timedelta(days=days) for days in range(12)]
SPANS = st.one_of(
    st.builds(Span, st.sampled_from(DAYS), st.none()),
    st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(lambda days: Span(min(days), max(days))),
)


@given(SPANS, st.lists(SPANS, max_size=12))
def test_as_many_hold_a_post_at_once_as_do_on_the_day_on_which_most_do(span: Span, others: list[Span]) -> None:
    on_each = [sum(one.holds(day) for one in others) for day in DAYS if span.holds(day)]
    assert most_at_once(span, others) == max(on_each, default=0)
