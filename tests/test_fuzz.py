"""What the OpenAPI document allows, sent at random by people of every kind: never a 500, never an answer that the document does not
describe. `make endure` sends more of it, and what the document forbids."""

import os
from collections import Counter
from contextlib import nullcontext, suppress
from itertools import product
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from models.enums import Role
from tests.conftest import District
from tests.counts import tell
from tests.routes import document
from tests.verification.holders import hold

ON_ENGINES = ("sqlite",)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if "FUZZ_EXAMPLES" in os.environ else (GenerationMode.POSITIVE,)
"""Whether what the document forbids is sent too."""
BY_ONE = "FUZZ_EXAMPLES" not in os.environ
"""Whether each example is sent by one of the identities or by all of them."""
NOT_OURS = [
    ignored_auth,  # It sends requests of its own, over a network; the matrix of doors asks each as nobody.
    negative_data_rejection,  # A public address, and a condition in a header, ignore what they do not know.
    positive_data_acceptance,  # What a schema cannot say of a day, a cursor or an entity tag is refused by a 422 that is described.
]
LEFT_OUT = {
    "POST /v1/sessions": "its limits would only ever answer 429",
    "DELETE /v1/sessions/current": "it would end the session that asks",
    "POST /v1/organizations/import": "random bytes are tried in the tests of sheets",
    "POST /v1/members/import": "random bytes are tried in the tests of sheets",
    "POST /v1/members/import/marked": "random bytes are tried in the tests of sheets",
    "POST /v1/venues/import": "random bytes are tried in the tests of sheets",
    "POST /v1/lists/{kind}/draft/import": "random bytes are tried in the tests of sheets",
    "POST /v1/files": "random bytes are tried in the tests of pictures",
    "POST /v1/files/uploads/{file_id}/content": "random bytes are tried in the tests of pictures",
    "POST /v1/printing/emblem": "random bytes are tried in the tests of pictures",
    "POST /v1/photos/mine": "random bytes are tried in the tests of pictures",
    "POST /v1/photos/{member_id}": "random bytes are tried in the tests of pictures",
}


@pytest.mark.long
def test_random_requests_get_only_answers_that_the_document_describes(tireless: None, district: District) -> None:
    holder = hold(district.house, district.ids["B11"])
    identities = {
        "member": district.sign_in(Role.member, "B11", member_id=holder.member_id).headers,
        "secretary": district.sign_in(Role.secretary, "B11").headers,
        "officer": district.sign_in(Role.district_officer, "D").headers,
        "nobody": {},
    }
    sent: Counter[str] = Counter()
    names = list(identities)

    found = [one.ok() for one in schemathesis.openapi.from_dict(document()).get_all_operations()]  # type: ignore[union-attr]
    operations = [operation for operation in found if operation.label not in LEFT_OUT]
    for operation, mode in product(operations, MODES):

        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            given = dict(case.headers or {})
            # By what is sent, so that an example that fails is sent again by the same.
            chance = crc32(repr((case.operation.label, case.path_parameters, case.query, case.body)).encode())
            for name in [names[chance % len(names)]] if BY_ONE else names:
                case.headers = given | identities[name]
                request = case.as_transport_kwargs(base_url="https://lx.example.gov.cn")
                request.pop("cookies", None)
                answer = district.client.request(**request, follow_redirects=False)
                sent[name] += 1
                case.validate_response(answer, excluded_checks=NOT_OURS)

        # There is nothing wrong that can be sent to an operation that takes nothing.
        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            send()
    assert len(sent) == len(identities) and sent.total() > 25 * EXAMPLES
    tell(f"fuzz of {len(operations)} operations", **sent)
