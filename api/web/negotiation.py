"""Which of the forms that an address has an answer takes, by the `Accept` header (RFC 9110, section 12.5.1)."""

from functools import lru_cache
from typing import Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

HTML: Final = "text/html"
JSON: Final = "application/json"
PDF: Final = "application/pdf"

_LONGEST: Final = 500
"""Characters of a header that are read: browsers and programs send less, and what is remembered stays small."""


def preferred_type(accept: str | None, offers: tuple[str, ...]) -> str:
    """The media type among `offers` that the client prefers: by its weight, then by the place where the client names it; the first
    offer where it does not care, or takes none of them.

    For each type the most specific range that covers it counts, so `application/json;q=0, */*` takes everything but JSON.
    Parameters of a range (`charset=utf-8`) are passed over.
    """
    return _choose((accept or "")[:_LONGEST], offers)


@lru_cache(maxsize=1024)
def _choose(accept: str, offers: tuple[str, ...]) -> str:
    # The most specific ranges stand first.
    ranges = [(kind.partition(";")[0].strip().lower(), weight) for kind, weight in parse_accept_header(accept, MIMEAccept)]

    def rank(offer: str) -> tuple[float, int]:
        covering = (offer, f"{offer.partition('/')[0]}/*", "*/*")
        return next(((weight, -place) for place, (kind, weight) in enumerate(ranges) if kind in covering), (0.0, 0))

    best = max(offers, key=rank)
    return best if rank(best)[0] > 0 else offers[0]
