from itertools import product

import pytest

from api.errors import AlreadyDecided
from api.moves import DECISIONS, Decision
from models.enums import RequestState

ON_ENGINES = ("sqlite",)
RESULTS = {
    Decision.accept: RequestState.accepted,
    Decision.refuse: RequestState.refused,
    Decision.withdraw: RequestState.withdrawn,
}


@pytest.mark.parametrize("decision", Decision)
def test_what_is_open_is_decided_and_the_same_decision_again_changes_nothing(decision: Decision) -> None:
    assert DECISIONS.after(decision, RequestState.open) is RESULTS[decision]
    assert DECISIONS.after(decision, RESULTS[decision]) is RESULTS[decision]


@pytest.mark.parametrize(("decision", "state"), list(product(Decision, sorted(set(RequestState) - {RequestState.open}))))
def test_what_has_been_decided_or_has_lapsed_is_not_decided_otherwise(decision: Decision, state: RequestState) -> None:
    if state is not RESULTS[decision]:
        with pytest.raises(AlreadyDecided) as refused:
            DECISIONS.after(decision, state)
        assert refused.value.members == {"state": state.value}
