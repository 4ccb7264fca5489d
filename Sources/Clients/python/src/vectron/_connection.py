"""How a socket of a client is made; the same for both clients."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, List, Optional, Sequence, Union

import zmq

Endpoints = Union[str, Sequence[str]]
"""Where gateways listen, `tcp://HOST:PORT` or `ipc://PATH`: one, or several of one cluster."""

MAX_WINDOW = 64
"""The most requests that an upload keeps under way: half of what a gateway allows a client."""

# More than the largest reply, which is 32 MiB and one point.
_MAX_REPLY_BYTES = 64 << 20


@dataclass(frozen=True)
class CurveKeys:
    """The server's public key and the client's own pair, each 40 characters of Z85."""

    server: str
    public: str
    secret: str = field(repr=False)


def checked(endpoints: Endpoints, timeout: float) -> List[str]:
    """The endpoints as a list."""
    if not timeout > 0:
        raise ValueError(f"the timeout is {timeout} s; it must be positive")
    each = [endpoints] if isinstance(endpoints, str) else list(endpoints)
    if not each:
        raise ValueError("there is no endpoint; give one gateway's or several")
    return each


def prepare(socket: Any, endpoints: Sequence[str], keys: Optional[CurveKeys]) -> None:
    """Sets a DEALER up and connects it with all gateways, in the background.

    Requests go to the gateways in turn, and only to those that are connected: what nobody can be
    sent is not kept for later.
    """
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.HEARTBEAT_IVL, 5_000)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 15_000)
    socket.setsockopt(zmq.RECONNECT_IVL, 50)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1_000)
    socket.setsockopt(zmq.MAXMSGSIZE, _MAX_REPLY_BYTES)
    if keys is not None:
        socket.setsockopt(zmq.CURVE_SERVERKEY, keys.server.encode())
        socket.setsockopt(zmq.CURVE_PUBLICKEY, keys.public.encode())
        socket.setsockopt(zmq.CURVE_SECRETKEY, keys.secret.encode())
    for endpoint in endpoints:
        if endpoint.startswith("tcp://["):
            socket.setsockopt(zmq.IPV6, 1)
        socket.connect(endpoint)
