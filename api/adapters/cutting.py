"""A call of a store that is cut off at a moment, whatever its connection is doing.

The library's own limits are of each reading of its socket: an answer that drips is within them for as long as it likes.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Timer
from typing import Any, Final

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPConnectionPool, AWSHTTPSConnection, AWSHTTPSConnectionPool


class Call:
    """What is being asked of a store, and the connection by which it is."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._socket: Any = None
        self.is_cut = False

    def goes_by(self, connection: Any) -> None:
        """Tell which connection it is, before it is used. Raises `OSError` where the call is cut off already."""
        self._connection = connection
        if self.is_cut:
            raise OSError

    def holds(self, its_socket: Any) -> None:
        """Tell the socket of the answer, which a connection that is not kept forgets."""
        self._socket = its_socket

    def cut(self) -> None:
        self.is_cut = True
        for one in (self._socket, getattr(self._connection, "sock", None)):
            if one is not None:
                with suppress(OSError):
                    # Not as TLS would end it, which waits for an answer.
                    socket.socket.shutdown(one, socket.SHUT_RDWR)


_CALL: Final[ContextVar[Call | None]] = ContextVar("call", default=None)


@contextmanager
def cut_after(seconds: float, call: Call | None = None) -> Iterator[Call]:
    """Cut off what this block asks after so many seconds; `call` is one that is gone on with, by its own connection."""
    call = call or Call()
    token, timer = _CALL.set(call), Timer(seconds, call.cut)
    timer.daemon = True
    timer.start()
    try:
        yield call
    finally:
        timer.cancel()
        _CALL.reset(token)


class _Cuttable:
    """A connection that tells the call of this thread that it goes by it."""

    sock: Any

    def connect(self) -> None:
        if call := _CALL.get():
            call.goes_by(self)
        super().connect()  # type: ignore[misc]

    def request(self, *arguments: Any, **options: Any) -> Any:
        call = _CALL.get()
        if call:
            call.goes_by(self)
        done = super().request(*arguments, **options)  # type: ignore[misc]
        if call:
            call.holds(self.sock)
        return done


class _Connection(_Cuttable, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _SecureConnection(_Cuttable, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _Pool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Connection


class _SecurePool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _SecureConnection


def make_cuttable(client: Any) -> None:
    """Let the calls of a client be cut off, before the first one."""
    # The library has no setting for it.
    client._endpoint.http_session._manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
