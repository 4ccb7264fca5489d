"""Sessions, in which each write is done once however often it is sent. No input or output here."""

from __future__ import annotations

from typing import Any, Callable, Dict, Generator, Optional, Set, TypeVar

from . import _requests
from ._errors import SessionExpired, UnknownOutcome
from ._requests import Request, WriteName

T = TypeVar("T")
Steps = Generator[Request[Any], Any, T]
"""What makes requests one after the other: yields each, and is sent its result or thrown its error."""

_MAX_REOPENINGS = 3
# Shards forget the sessions that were unused for longest: one that was not used for so many seconds
# is not relied on.
_LONGEST_IDLE = 600.0
# How many writes may have begun since the oldest that is under way: less than shards remember.
_WINDOW = 1_000


def alone(request: Request[T]) -> Steps[T]:
    """One request."""
    result: T = yield request
    return result


class Session:
    """The names of writes in one session.

    Invariant: `acknowledged` < each of `_ended` < `_next`, and `acknowledged + 1` is not in `_ended`.
    """

    def __init__(self, token: bytes) -> None:
        self.token = token
        self.acknowledged = 0
        self.used_at = 0.0
        self._next = 1
        self._ended: Set[int] = set()

    @property
    def is_full(self) -> bool:
        """Whether too many writes were begun since the oldest that is under way."""
        return self._next - self.acknowledged > _WINDOW

    def begin(self, now: float) -> WriteName:
        """Names a write."""
        name = WriteName(self.token, self._next, self.acknowledged)
        self._next += 1
        self.used_at = now
        return name

    def end(self, sequence: int) -> None:
        """A write will not be sent again: it was answered, or given up."""
        self._ended.add(sequence)
        while self.acknowledged + 1 in self._ended:
            self.acknowledged += 1
            self._ended.remove(self.acknowledged)


class Sessions:
    """The sessions of a client, one for each collection that it writes to."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: Dict[str, Session] = {}

    def write(self, collection: str, request: Request[T]) -> Steps[T]:
        """Carries a write out under a name, in a session that is opened if there is none."""
        reopenings = 0
        while True:
            session = self._usable(collection)
            if session is None:
                session = yield from self.open(collection)
            name = session.begin(self._clock())
            try:
                result: T = yield name.added_to(request)
                return result
            except SessionExpired:
                # Nothing was done, by no attempt: it may be sent under another name.
                self._drop(collection, session)
                reopenings += 1
                if reopenings > _MAX_REOPENINGS:
                    raise
            except UnknownOutcome as error:
                if error.details.get("cause") == "sessionExpired":
                    self._drop(collection, session)
                raise
            finally:
                session.end(name.sequence)

    def open(self, collection: str) -> Steps[Session]:
        """Opens a session."""
        token = yield _requests.open_session(collection)
        session = Session(token)
        session.used_at = self._clock()
        self._open[collection] = session
        return session

    def _usable(self, collection: str) -> Optional[Session]:
        session = self._open.get(collection)
        if session is None or session.is_full:
            return None
        return session if self._clock() - session.used_at < _LONGEST_IDLE else None

    def _drop(self, collection: str, session: Session) -> None:
        if self._open.get(collection) is session:
            del self._open[collection]
