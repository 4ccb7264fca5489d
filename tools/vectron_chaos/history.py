"""The operations as clients saw them."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Iterator, Optional

WRITE, DELETE, READ, SEARCH = "write", "delete", "read", "search"
OK, FAIL, UNKNOWN = "ok", "fail", "unknown"

_OPS = {WRITE, DELETE, READ, SEARCH}
_RESULTS = {OK, FAIL, UNKNOWN}


@dataclass(frozen=True)
class Operation:
    """One request about one key, from just before it was sent to just after its answer.

    A read or a search that found nothing has the value None, and so has a delete. `unknown` means
    that it may have happened, or may happen at any later time; `fail` that it never will.
    """

    process: int
    op: str
    key: str
    value: Optional[str]
    start_ns: int
    end_ns: int
    result: str

    @property
    def is_change(self) -> bool:
        """Whether it sets the key's value; a delete sets it to None."""
        return self.op in (WRITE, DELETE)


class HistoryWriter:
    """Appends operations to a file; any thread may."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def append(self, *operations: Operation) -> None:
        """Writes operations, each on a line."""
        lines = "".join(
            json.dumps(asdict(operation), separators=(",", ":")) + "\n"
            for operation in operations
        )
        with self._lock:
            self._file.write(lines)

    def flush(self) -> None:
        """Hands all lines to the system."""
        with self._lock:
            self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        with self._lock:
            self._file.close()


def read_history(path: Path) -> Iterator[Operation]:
    """The operations of a file; ValueError names the line that is none."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                operation = Operation(**json.loads(line))
                if operation.op not in _OPS or operation.result not in _RESULTS:
                    raise ValueError("unknown op or result")
                if operation.end_ns < operation.start_ns:
                    raise ValueError("it ends before it starts")
            except (TypeError, ValueError) as error:
                raise ValueError(f"{path}:{number}: {error}") from error
            yield operation
