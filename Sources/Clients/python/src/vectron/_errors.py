"""The errors of the protocol, one class for each code."""

from __future__ import annotations

from typing import Any, Mapping


class VectronError(Exception):
    """What went wrong: `message` for people, `details` for programs."""

    code = "internal"

    def __init__(
        self, message: str, *, retryable: bool = False, details: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.details: dict[str, str] = dict(details or {})


class InvalidArgument(VectronError):
    """The request is wrong and will stay so."""

    code = "invalidArgument"


class NotFound(VectronError):
    """What the request names does not exist."""

    code = "notFound"


class AlreadyExists(VectronError):
    """What the request would create exists."""

    code = "alreadyExists"


class TooLarge(VectronError):
    """The request or its reply is larger than a limit."""

    code = "tooLarge"


class EpochNotMatch(VectronError):
    """The cluster is changing under the request."""

    code = "epochNotMatch"


class NotLeader(VectronError):
    """A leader was not found in time; nothing was done."""

    code = "notLeader"


class SessionExpired(VectronError):
    """The cluster does not remember the write any more; nothing was done by this attempt."""

    code = "sessionExpired"


class Overloaded(VectronError):
    """Too much is under way; nothing was done."""

    code = "overloaded"


class MemoryExhausted(VectronError):
    """A worker's indexes take all the memory that they may; nothing was done."""

    code = "memoryExhausted"


class Unauthenticated(VectronError):
    """There is no credential, or it is wrong, expired or revoked."""

    code = "unauthenticated"


class PermissionDenied(VectronError):
    """The credential is good and may not do this."""

    code = "permissionDenied"


class RateLimited(VectronError):
    """Too many requests; nothing was done. `details["retryAfter"]` is how many seconds to wait."""

    code = "rateLimited"


class Unavailable(VectronError):
    """Nobody who could answer can be reached; nothing was done."""

    code = "unavailable"


class DeadlineExceeded(VectronError):
    """The time was up. What was asked for may or may not have been done."""

    code = "deadlineExceeded"


class UnknownOutcome(VectronError):
    """Whether it was done is unknown."""

    code = "unknownOutcome"


class Fenced(VectronError):
    """A node's disk failed and it acknowledges nothing more."""

    code = "fenced"


class Corrupted(VectronError):
    """Stored bytes are not what was stored."""

    code = "corrupted"


class Internal(VectronError):
    """A bug of the server, or a code that this client does not know."""

    code = "internal"


_BY_CODE: dict[str, type[VectronError]] = {
    cls.code: cls for cls in VectronError.__subclasses__()
}


def error_from_wire(error: Mapping[str, Any]) -> VectronError:
    """The error that a reply carries."""
    cls = _BY_CODE.get(str(error.get("code")), Internal)
    return cls(
        str(error.get("message", "")),
        retryable=bool(error.get("retryable", False)),
        details=error.get("details"),
    )
