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
                assert message["status"] != 201 or b"location" in dict(message["headers"]), "what was made is somewhere"
            await send(message)

        await self.app(scope, receive, noting)
