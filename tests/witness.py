"""Which operations the tests have called with success; a whole run that leaves one out fails."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CALLED: set[str] = set()


class Witness:
    """Notes the name of each operation that answers with success."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400 and "endpoint" in scope:
                CALLED.add(scope["endpoint"].__name__)
            await send(message)

        await self.app(scope, receive, noting)
