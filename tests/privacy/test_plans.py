"""What is kept of one person is found by indexes, and not among that of everybody."""

import re
from functools import partial
from uuid import UUID

from api.audit.service import genuinely_done
from api.privacy import contradicting, queries
from api.privacy.paths import goes, of_persons
from api.web.queries import somebody_erased_since
from tests.conftest import District
from tests.plans import plans


def test_the_files_of_a_member_are_found_by_what_they_hang_on(district: District) -> None:
    for of_member in (queries.files_told, queries.files_of):
        (plan,) = plans(district.house, "FROM stored_file", partial(of_member, member_id=UUID(int=1)))
        assert "ix_stored_file_attached_kind_attached_id" in plan
        assert not re.search(r"(Seq Scan on|SCAN) stored_file", plan)


def test_whether_somebody_was_erased_is_found_among_the_last_erasures(district: District) -> None:
    (plan,) = plans(district.house, "FROM erasure", lambda work: somebody_erased_since(work, work.at))
    assert "ix_erasure_created_at" in plan


def test_what_is_there_again_of_somebody_erased_is_found_by_his_key(district: District) -> None:
    finds = {
        table.name: partial(queries.next_written_since, table=table, after=None, most=200) for table in of_persons() if goes(table)
    }
    finds["stored_file"] = partial(queries.next_files_since, after=None, most=200)
    for name, find in finds.items():
        (plan,) = plans(district.house, f"FROM {name}", find)
        assert not re.search(rf"(Seq Scan on|SCAN) {name}\b", plan), plan


def test_whether_the_trail_tells_of_erasures_is_found_by_whose_they_are(district: District) -> None:
    members = [UUID(int=number) for number in range(contradicting.AT_ONCE)]
    told = partial(genuinely_done, key=b"", actions=contradicting.ERASING, target_ids=members)
    (plan,) = plans(district.house, "audit_line.target_id IN", told)
    assert "ix_audit_line_target_id" in plan
