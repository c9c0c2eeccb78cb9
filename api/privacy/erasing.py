"""What is kept of a member erased, by the paths that tables name. What others refer to, or sums need, stays under a pseudonym."""

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date
from typing import Final

import structlog

from api.adapters.cipher import Cipher
from api.database import Work
from api.files.service import remove_files
from api.members.life import tell_posts
from api.privacy import queries
from api.privacy.notes import Noted, write_down, written_down
from api.privacy.paths import FILES, of_persons, spans
from api.row_keys import Key
from models.base import Keep, metadata
from models.enums import MemberStatus
from models.erasure_enums import ErasureGround
from models.member import Member

ORDER: Final = (
    *("member", "membership_event", "transfer", "correction_request", "post_application", "post_holding", "pledge", "pledge_text"),
    *("pledge_progress", "evaluation", "appraisal_item", "score_entry", "appeal", "honor", "profile", "consent", "photo"),
    *("stored_file", "account", "slip_request", "second_factor", "refusal_count", "known_device"),
    *("refresh_token", "sign_in_session", "card"),
    *("plate", "appraisal_peer", "print_left_out", "print_item", "complaint", "scan_count", "role_grant", "idempotent_request"),
    "audit_line",
)
"""In this order rows are held that hang on a member (`access/scope.py`)."""
HELD_BEFORE: Final = {"known_device": "sign_in_session"}
"""Of which table rows are held before those of another one, and go after them."""


log = structlog.get_logger("liangxian")


class Swallowed(Exception):
    """The database has done as if it had erased somebody."""


def digest_of(cipher: Cipher, member_id: object) -> str:
    """What an erasure is known by: nobody finds the member by it who has not got his key."""
    return cipher.digest("erasure", f"member {member_id}")


def noted_among(work: Work, cipher: Cipher, keys: Sequence[Key], elsewhere: Collection[str] = ()) -> frozenset[Key]:
    """Those of some members whose erasures are written down by their digests, also `elsewhere`, which nobody has who has not got
    the key; their rows themselves may be marked by whoever writes into the database."""
    digests: dict[Key, str] = {}
    for one in keys:
        # What is no key is told of by whoever does something about it.
        with suppress(ValueError):
            digests[one] = digest_of(cipher, one.id())
    known = written_down(work, digests.values())
    return frozenset(one for one, digest in digests.items() if digest in known or digest in elsewhere)


def erase(work: Work, member: Member, ground: ErasureGround, cipher: Cipher, *, on: date | None = None) -> Counter[str]:
    """Erase what is kept of a member who has left and is held alone, and note that it was. Returns how many rows of each table were
    changed or deleted. The objects of his files go with the next sweep that no backup may still have to wait for. `on` is the day
    of an erasure that is done again. Raises `Swallowed` where the member's own row tells of him still, or the note of it is not
    there as each list of erasures would tell it: then nothing is done.
    """
    digest = digest_of(cipher, member.id)
    noted = written_down(work, [digest]).get(digest)
    if member.erased_on is not None and noted is None:
        log.error("erasure_unfounded", member=str(member.id))
    member.erased_on = on or (member.erased_on if noted is not None else None) or work.today
    work.flush()
    files = queries.files_of(work, member.id)
    done: Counter[str] = Counter()
    turns = {name: turn for turn, name in enumerate(ORDER)}
    for table in sorted((FILES, *reversed(of_persons())), key=lambda one: turns[one.name]):
        if table.name in HELD_BEFORE:
            held = metadata.tables[HELD_BEFORE[table.name]]
            queries.hold_rows(work, held, queries.of_members(held, [member.id]))
        if table is not FILES:
            # Who asks something at this moment holds the key of it before all else. What is kept for a day goes by itself.
            lasts = not any(span.table is table and span.of_row and span.days == Keep.day for span in spans())
            done[table.name] += queries.erase(work, table, queries.of_members(table, [member.id]), waits=lasts)
            continue
        remove_files(work, files)
        done[FILES.name] += len(files)
    # Any may tell of him, if only as who has asked or decided; of somebody who has been gone for three years none of the last day.
    if ground is not ErasureGround.kept_long_enough:
        queries.forget_answers(work)
    # What the session has loaded tells what stood there before.
    work.expire_all()
    for follow in work.followers.member_is_erased:
        follow(work, member)
    if noted is None:
        noted = Noted(digest, member.erased_on or work.today, ground)
        write_down(work, noted)
    work.must_be_seen = True
    work.flush()
    if queries.tells_still(work, member.id) or written_down(work, [digest]).get(digest) != noted:
        log.error("erasure_swallowed", member=str(member.id))
        raise Swallowed
    return +done


def let_leave(work: Work, member: Member) -> None:
    """End a membership that still stood when a backup was made, with all that hangs on it, whatever the row says; why it ended is
    not known any more."""
    held_a_post = member.party_post is not None
    if member.status is not MemberStatus.left:
        member.status, member.left_on = MemberStatus.left, work.today
    member.party_post = None
    work.flush()
    for follow in work.followers.member_leaves:
        follow(work, member)
    if held_a_post:
        tell_posts(work, [member])
