"""What the routes around a scan share, in whichever room."""

from starlette.requests import Request

from api.web.dependencies import client_address


def count_miss(request: Request) -> None:
    """Count that a request asked for a code that there is not. Raises `TooManyMisses`.

    Whose request it is, is found out only here, so that a hit costs nothing more.
    """
    request.app.state.misses.count(client_address(request))
