"""Leads each request to its route: by its whole path first, and only then by its method.

So an address answers a method that it does not take with 405 and all those that it does take, and `/v1/members/mine` is never read
as a member whose key is "mine". It stands where Starlette keeps a router's own middleware.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from api.allowance import allowed
from api.web.admission import Admission
from api.web.dependencies import may_write

LONG_SECONDS: Final = 600.0
"""For so long a statement may take its time at a door where one was given up: who comes again does not meet the process that was
frozen, and what just takes long is done then."""


@dataclass(frozen=True, eq=False)
class Door:
    route: Route
    is_public: bool

    @cached_property
    def admission(self) -> Admission:
        """Found out when the door is first asked for: the framework's walk over all that a route depends on takes its time."""
        return Admission.of(self.route, is_public=self.is_public, may_write=may_write(self.route))


class Found(NamedTuple):
    """The doors at one address by their methods, and what stands in the path where they have parameters."""

    doors: Mapping[str, Door]
    values: Sequence[str]


class Dispatch:
    """The innermost layer of the application, in place of the router's walk over all routes.

    Wherever `GET` is taken, `HEAD` is led to the same route; `middleware.py` leaves the body out.
    """

    def __init__(self, router: Router, public: Collection[str]) -> None:
        """`public` are the names of the operations that ask for no permission."""
        self._router = router
        self._long: dict[Door, float] = {}
        """At which doors a statement may take long, and until when."""
        self._root = _Place()
        for route in router.routes:
            assert isinstance(route, Route) and ":" not in route.path, route
            self._root.add(Door(route, route.endpoint.__name__ in public))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._router.app(scope, receive, send)
            return
        found = self.find(scope["path"])
        if found is None:
            raise HTTPException(404)
        method = scope["method"]
        door = found.doors.get("GET" if method == "HEAD" else method)
        if door is None:
            raise HTTPException(405, headers={"Allow": ", ".join(_allowed(found.doors))})
        route = door.route
        names = (part[1:-1] for part in route.path.split("/") if part.startswith("{"))
        scope.update(
            router=self._router,
            route=route,
            endpoint=route.endpoint,
            path_params=dict(zip(names, found.values, strict=True)),
            admission=door.admission,
        )
        with allowed() as allowance:
            allowance.is_for_long = door in self._long and monotonic() < self._long[door]

            async def answer(message: Message) -> None:
                allowance.is_over = True
                await send(message)

            try:
                await route.app(scope, receive, answer)
            finally:
                if allowance.has_given_up:
                    self._long[door] = monotonic() + LONG_SECONDS

    def find(self, path: str) -> Found | None:
        """What stands at an address; a fixed segment goes before a parameter."""
        return self._root.find(path.split("/"), [])


def _allowed(doors: Mapping[str, Door]) -> list[str]:
    return sorted(doors.keys() | ({"HEAD"} if "GET" in doors else set()))


class _Place:
    """A place in the tree of paths, whose branches are the next segments; None is the branch of a parameter."""

    def __init__(self) -> None:
        self.doors: dict[str, Door] = {}
        self.branches: dict[str | None, _Place] = {}

    def add(self, door: Door) -> None:
        place, route = self, door.route
        for part in route.path.split("/"):
            place = place.branches.setdefault(None if part.startswith("{") else part, _Place())
        for method in (route.methods or set()) - {"HEAD"}:
            assert method not in place.doors, f"{method} {route.path} is there twice"
            place.doors[method] = door

    def find(self, parts: Sequence[str], values: list[str]) -> Found | None:
        if not parts:
            return Found(self.doors, values) if self.doors else None
        first, rest = parts[0], parts[1:]
        fixed, parameter = self.branches.get(first), self.branches.get(None)
        if fixed and (found := fixed.find(rest, values)):
            return found
        return parameter.find(rest, [*values, first]) if parameter and first else None
