#!/usr/bin/env python3
"""Many connections to a bridge that say nothing: `gateway_idle.py HOST PORT COUNT`.

Each is a TCP connection with the handshake of ZMTP 3.0 (mechanism NULL, a DEALER) that answers
heartbeats, as libzmq's own do: sockets of libzmq would cost this side more than what is measured.
Prints `connected N` when all are there; the end of standard input ends them, after `alive N`.
"""

import selectors
import socket
import sys
import time

BATCH = 64  # connections at once: fewer than the backlog of libzmq's listener
HANDSHAKE_SECONDS = 60

GREETING = (b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0"
            + bytes(31))
GREETING_BYTES = 64
COMMAND, LARGE = 0x04, 0x02


def command(name, body):
    payload = bytes([len(name)]) + name + body
    return bytes([COMMAND, len(payload)]) + payload


def property_of(name, value):
    return bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value


READY = command(b"READY", property_of(b"Socket-Type", b"DEALER") + property_of(b"Identity", b""))


class Connection:
    def __init__(self, address, selector):
        self.socket = socket.create_connection(address, timeout=HANDSHAKE_SECONDS)
        self.socket.setblocking(False)
        self.socket.send(GREETING + READY)
        self.received = b""
        self.is_ready = False
        self.has_greeting = False
        self.selector = selector
        selector.register(self.socket, selectors.EVENT_READ, self)

    def read(self):
        """Whether the connection is still there."""
        try:
            data = self.socket.recv(4096)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(self.socket)
            self.socket.close()
            return False
        self.received += data
        if not self.has_greeting and len(self.received) >= GREETING_BYTES:
            self.has_greeting = True
            self.received = self.received[GREETING_BYTES:]
        while self.has_greeting and self.take_frame():
            pass
        return True

    def take_frame(self):
        if len(self.received) < 2:
            return False
        flags, size = self.received[0], self.received[1]
        if flags & LARGE:
            raise SystemExit("a silent client got a large frame")
        if len(self.received) < 2 + size:
            return False
        payload, self.received = self.received[2:2 + size], self.received[2 + size:]
        if payload.startswith(b"\x05READY"):
            self.is_ready = True
        elif payload.startswith(b"\x04PING"):
            # Behind the name: two bytes of time to live, then what comes back.
            self.socket.send(command(b"PONG", payload[7:]))
        return True


def main():
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    selector = selectors.DefaultSelector()
    connections, lost = [], 0

    def serve(seconds):
        nonlocal lost
        for key, _ in selector.select(seconds):
            if key.data is not None and not key.data.read():
                lost += 1

    while len(connections) < count:
        batch = [Connection((host, port), selector)
                 for _ in range(min(BATCH, count - len(connections)))]
        connections += batch
        end = time.monotonic() + HANDSHAKE_SECONDS
        while not all(connection.is_ready for connection in batch):
            serve(0.1)
            if time.monotonic() > end or lost:
                raise SystemExit(f"{lost} lost, handshakes stop at {len(connections)}")
    print(f"connected {len(connections)}", flush=True)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    is_wanted = True
    while is_wanted:
        for key, _ in selector.select():
            if key.data is None:
                is_wanted = False
            elif not key.data.read():
                lost += 1
    print(f"alive {len(connections) - lost}", flush=True)


if __name__ == "__main__":
    main()
