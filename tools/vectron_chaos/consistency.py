"""Finds answers that no single copy could have given.

Each key is a register. The check is quick and sound: what it reports is wrong. It is not complete:
`vectron-simulate check-history` searches for an order of all operations and decides.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Iterable, Optional

from .history import FAIL, OK, UNKNOWN, WRITE, Operation


@dataclass(frozen=True)
class Violation:
    """What is wrong: `kind` for counting, `text` for people."""

    kind: str
    key: str
    text: str


@dataclass
class _Change:
    """A write or a delete that may have happened, somewhere between `start` and `end`."""

    value: Optional[str]
    start: float
    end: float


def check(operations: Iterable[Operation]) -> list[Violation]:
    """What is wrong with a history, in the order of keys and times."""
    by_key: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        by_key[operation.key].append(operation)
    return [
        violation for key in sorted(by_key) for violation in _check_key(key, by_key[key])
    ]


def possible_values(operations: Iterable[Operation]) -> dict[str, set[Optional[str]]]:
    """What each key may hold once all is quiet: what no acknowledged change came after."""
    by_key: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        if operation.is_change:
            by_key[operation.key].append(operation)
    return {key: _last_values(changes) for key, changes in by_key.items()}


def _last_values(operations: list[Operation]) -> set[Optional[str]]:
    changes = [_change(each) for each in operations if each.result != FAIL]
    acknowledged = [_change(each) for each in operations if each.result == OK]
    values = {
        change.value
        for change in changes
        if not any(later.start > change.end for later in acknowledged)
    }
    return values if acknowledged else values | {None}


def _change(operation: Operation) -> _Change:
    # What is unknown may happen at any later time.
    end = math.inf if operation.result == UNKNOWN else operation.end_ns
    return _Change(operation.value, operation.start_ns, end)


def _check_key(key: str, operations: list[Operation]) -> list[Violation]:
    writes: dict[Optional[str], _Change] = {}
    failed: set[Optional[str]] = set()
    deletes: list[_Change] = []
    violations: list[Violation] = []
    for operation in operations:
        if not operation.is_change:
            continue
        if operation.op == WRITE:
            if operation.value is None or operation.value in writes or operation.value in failed:
                raise ValueError(f"{key}: the value {operation.value} is not unique")
            if operation.result == FAIL:
                failed.add(operation.value)
            else:
                writes[operation.value] = _change(operation)
        elif operation.result != FAIL:
            deletes.append(_change(operation))

    reads = sorted(
        (each for each in operations if not each.is_change and each.result == OK),
        key=lambda each: each.start_ns,
    )
    for read in reads:
        if read.value in writes:
            # Who was seen has happened by then.
            seen = writes[read.value]
            seen.end = min(seen.end, read.end_ns)
    for read in reads:
        problem = _problem(read, writes, failed, deletes)
        if problem:
            kind, text = problem
            where = f"{read.op} of process {read.process} at {read.start_ns}"
            violations.append(Violation(kind, key, f"{where}: {text}"))
    return violations


def _problem(
    read: Operation,
    writes: dict[Optional[str], _Change],
    failed: set[Optional[str]],
    deletes: list[_Change],
) -> Optional[tuple[str, str]]:
    if read.value is None:
        return _problem_of_absence(read, writes, deletes)
    if read.value in failed:
        return "phantom", f"{read.value} was read, and its write was refused"
    write = writes.get(read.value)
    if write is None or write.start > read.end_ns:
        return "phantom", f"{read.value} was read, and nobody had written it"
    if any(write.end < change.start and change.end < read.start_ns for change in deletes):
        return "resurrected", f"{read.value} was read, and had been deleted"
    for other in writes.values():
        if write.end < other.start and other.end < read.start_ns:
            return "stale", f"{read.value} was read, and {other.value} had replaced it"
    return None


def _problem_of_absence(
    read: Operation, writes: dict[Optional[str], _Change], deletes: list[_Change]
) -> Optional[tuple[str, str]]:
    for write in writes.values():
        if write.end >= read.start_ns:
            continue
        if not any(
            change.end > write.start and change.start < read.end_ns for change in deletes
        ):
            return "lost", f"nothing was read, and {write.value} had been acknowledged"
    return None
