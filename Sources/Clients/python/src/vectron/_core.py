"""The calls of a client: what is sent, what a reply means, when to send again, when to give up.

Sans-I/O: no sockets, no clock, no threads. Whoever drives it passes the time in seconds of any
monotonic clock, sends what `due` gives, and hands `receive` what comes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple, Union

from . import _wire
from ._errors import (
    DeadlineExceeded,
    SessionExpired,
    TooLarge,
    Unavailable,
    UnknownOutcome,
    VectronError,
)
from ._requests import Effect, Request

SHORTEST_PAUSE = 0.001
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
PATIENCE = 10.0
"""How many seconds a reply is waited for before a request that does no harm is sent again; each
attempt that was not answered doubles it."""
MAX_DEADLINE_MS = 600_000


@dataclass
class Pause:
    """Send again after this many seconds."""

    seconds: float


Decision = Union[Pause, VectronError]


def decide(
    error: VectronError, effect: Effect, *, may_have_run: bool, attempts: int, repeat: bool
) -> Decision:
    """Whether a call that failed is made again, or which error its caller gets.

    Pure. `may_have_run` says whether an attempt, this or one before, may have done what was asked
    for; `attempts` how many there were; `repeat` whether the caller wants any to be repeated.
    """
    harmless = error.retryable or (effect is not Effect.AGAIN and _is_open(error))
    if repeat and harmless and not (may_have_run and effect is Effect.AGAIN):
        return Pause(min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 10), LONGEST_PAUSE))
    return final(error, effect, may_have_run=may_have_run)


def final(error: VectronError, effect: Effect, *, may_have_run: bool) -> VectronError:
    """The error that a caller gets: none that says that nothing was done, if something may be."""
    denies = error.retryable or isinstance(error, SessionExpired)
    if may_have_run and effect is not Effect.READ and denies:
        return UnknownOutcome(
            f"an attempt was not answered and may have been carried out; the last one failed: "
            f"{error.message}",
            details={**error.details, "cause": error.code},
        )
    return error


def _is_open(error: VectronError) -> bool:
    """Whether the error leaves open what was done, for a reason that may pass."""
    if not isinstance(error, UnknownOutcome):
        return False
    return error.details.get("cause") != "sessionExpired"


@dataclass
class _Call:
    number: int
    request: Request[Any]
    deadline: float
    timeout: float
    # When it is to be sent (again); None while an answer is waited for.
    send_at: Optional[float]
    # When the answer is given up that is waited for.
    silent_at: float = 0.0
    attempts: int = 0
    silences: int = 0
    # How often nobody was connected who could have been sent it.
    refusals: int = 0
    may_have_run: bool = False
    wire_ids: List[int] = field(default_factory=list)
    last_error: Optional[VectronError] = None


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a value, or an error to raise."""

    number: int
    value: Any = None
    error: Optional[Exception] = None


class Core:
    """The calls that are under way.

    Invariant: each call that was started and not finished is in `_calls`, and each of its attempts
    in `_attempts`, so that a late answer to an early attempt is an answer.
    """

    def __init__(self, *, key: Optional[str] = None, repeat: bool = True) -> None:
        self._key = key
        self._repeat = repeat
        self._numbers = itertools.count(1)
        self._wire_ids = itertools.count(1)
        self._calls: Dict[int, _Call] = {}
        self._attempts: Dict[int, _Call] = {}
        self._finished: List[Outcome] = []

    @property
    def pending(self) -> int:
        """How many calls are under way."""
        return len(self._calls)

    def start(self, request: Request[Any], now: float, timeout: float) -> int:
        """Begins a call that may take `timeout` seconds, and gives it a number."""
        number = next(self._numbers)
        self._calls[number] = _Call(number, request, now + timeout, timeout, send_at=now)
        return number

    def cancel(self, number: int) -> None:
        """Nobody waits for a call any more."""
        call = self._calls.pop(number, None)
        if call is not None:
            self._forget(call)

    def due(self, now: float) -> List[Tuple[int, bytes]]:
        """What is to be sent now: each a number for `not_sent`, and the bytes."""
        messages = []
        for call in list(self._calls.values()):
            if call.send_at is None and now >= min(call.silent_at, call.deadline):
                self._be_silent(call, now)
            if call.number in self._calls and now >= call.deadline:
                self._expire(call)
            elif call.send_at is not None and call.send_at <= now:
                message = self._attempt(call, now)
                if message is not None:
                    messages.append(message)
        return messages

    def not_sent(self, wire_id: int, now: float) -> None:
        """A message could not be sent, because nobody is connected; nothing was done."""
        call = self._attempts.pop(wire_id, None)
        if call is None:
            return
        call.wire_ids.remove(wire_id)
        call.attempts -= 1
        call.last_error = Unavailable("no gateway can be reached", retryable=True)
        call.refusals += 1
        call.send_at = now + min(SHORTEST_PAUSE * 2.0 ** min(call.refusals, 10), LONGEST_PAUSE / 4)

    def receive(self, data: bytes, now: float) -> None:
        """A reply has come."""
        try:
            wire_id, result = _wire.decode_reply(data)
        except ValueError:
            # Whoever sends this is no gateway of this protocol; the calls end by their deadlines.
            return
        call = self._attempts.get(wire_id) if isinstance(wire_id, int) else None
        if call is None:
            if wire_id is None and isinstance(result, VectronError) and len(self._calls) == 1:
                # Only one call can be meant.
                self._finish(next(iter(self._calls.values())), error=result)
            return
        if not isinstance(result, VectronError):
            return self._finish_parsed(call, result)
        if call.send_at is not None and result.retryable:
            return  # an earlier attempt's; the next one is on its way already
        call.may_have_run |= not result.retryable and isinstance(
            result, (UnknownOutcome, DeadlineExceeded)
        )
        self._decide(call, result, now)

    def wake_at(self) -> Optional[float]:
        """When `due` has something to do, if nothing comes before; None if never."""
        times = [
            min(call.deadline, call.silent_at if call.send_at is None else call.send_at)
            for call in self._calls.values()
        ]
        return min(times, default=None)

    def finished(self) -> List[Outcome]:
        """The calls that have ended since this was asked last."""
        outcomes, self._finished = self._finished, []
        return outcomes

    def _attempt(self, call: _Call, now: float) -> Optional[Tuple[int, bytes]]:
        wire_id = next(self._wire_ids)
        deadline_ms = max(1, min(int((call.deadline - now) * 1000), MAX_DEADLINE_MS))
        try:
            data = _wire.encode_request(
                wire_id, call.request.op, call.request.fields, deadline_ms, self._key
            )
        except (TypeError, ValueError, OverflowError) as error:
            self._finish(call, error=error)
            return None
        if len(data) > _wire.MAX_REQUEST_BYTES:
            self._finish(
                call,
                error=TooLarge(
                    f"{call.request.op} has {len(data)} bytes, more than "
                    f"{_wire.MAX_REQUEST_BYTES}; send several smaller requests"
                ),
            )
            return None
        call.attempts += 1
        call.send_at = None
        patience = min(PATIENCE, call.timeout / 3) * 2**call.silences
        call.silent_at = now + patience
        if not self._repeat or call.request.effect is Effect.AGAIN:
            call.silent_at = call.deadline
        call.wire_ids.append(wire_id)
        self._attempts[wire_id] = call
        return wire_id, data

    def _be_silent(self, call: _Call, now: float) -> None:
        """No answer came in time, for whatever reason."""
        call.silences += 1
        call.may_have_run = True
        call.last_error = UnknownOutcome(f"{call.request.op} was not answered")
        if now < call.deadline:
            self._decide(call, call.last_error, now)

    def _decide(self, call: _Call, error: VectronError, now: float) -> None:
        call.last_error = error
        decision = decide(
            error,
            call.request.effect,
            may_have_run=call.may_have_run,
            attempts=max(1, call.attempts),
            repeat=self._repeat,
        )
        if isinstance(decision, VectronError):
            self._finish(call, error=decision)
        elif now + decision.seconds >= call.deadline:
            effect, may_have_run = call.request.effect, call.may_have_run
            self._finish(call, error=final(error, effect, may_have_run=may_have_run))
        else:
            call.send_at = now + decision.seconds

    def _expire(self, call: _Call) -> None:
        last = call.last_error
        if last is not None and last.retryable and not call.may_have_run:
            return self._finish(call, error=last)
        done = "it may have been done" if call.may_have_run else "nothing was done"
        self._finish(
            call,
            error=DeadlineExceeded(
                f"{call.request.op} was not answered within {call.timeout} s; {done}"
            ),
        )

    def _finish_parsed(self, call: _Call, result: Any) -> None:
        try:
            value = call.request.parse(result)
        except (KeyError, TypeError, ValueError) as error:
            self._finish(call, error=ValueError(f"the result of {call.request.op}: {error!r}"))
        else:
            self._finish(call, value=value)

    def _finish(
        self, call: _Call, *, value: Any = None, error: Optional[Exception] = None
    ) -> None:
        self._calls.pop(call.number, None)
        self._forget(call)
        self._finished.append(Outcome(call.number, value, error))

    def _forget(self, call: _Call) -> None:
        for wire_id in call.wire_ids:
            self._attempts.pop(wire_id, None)
