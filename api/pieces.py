"""Much that is done a piece at a time, so that others write in between, and so that what fails about one row keeps none of the rest
from being done: anybody may have written something into it of which no type can be made."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from api.database import Database, Origin, Work
from api.errors import Unavailable
from api.row_keys import Key

R = TypeVar("R")


def in_pieces(
    database: Database,
    origin: tuple[str, datetime],
    find: Callable[[Work, Key | None, int], Sequence[Key]],
    do: Callable[[Work, Sequence[tuple[Any, ...]]], R],
    size: int,
) -> Iterator[R]:
    """Do something with the keys of all that `find` finds, `size` at a time behind the last one, each piece in a transaction of its
    own. Yields what came of it once it is committed.

    Of a piece that fails each is done by itself. The last failure is raised once all others are done; `Unavailable` at once.
    """
    failure: Exception | None = None
    after: Key | None = None
    most, alone = size, 0
    while True:
        found: Sequence[Key] = ()
        try:
            # Nobody is kept from writing while it is looked for, which takes long where there is nothing among much.
            with database.reading(Origin(*origin)) as work:
                seen = find(work, after, most)
            if not seen:
                break
            # What stands before the first of these is not gone through again. What bears no key is behind no other.
            begin = after if None in seen[0].texts else seen[0]._replace(is_included=True)
            with database.writing(Origin(*origin)) as work:
                found = find(work, begin, most)
                done = [do(work, [one.read() for one in found])] if found else []
        except Unavailable:
            raise
        except Exception as error:
            failure, done = error, []
            if len(found) > 1:
                most, alone = 1, len(found)
                continue
        yield from done
        if len(found) < most:
            break
        after, alone = found[-1], alone - 1
        if alone <= 0:
            most = size
    if failure is not None:
        raise failure
