"""Forged histories are refused, and what a register could have answered is not."""

import random

import pytest

from vectron_chaos.consistency import check, possible_values
from vectron_chaos.history import (
    DELETE,
    FAIL,
    OK,
    READ,
    SEARCH,
    UNKNOWN,
    WRITE,
    HistoryWriter,
    Operation,
    read_history,
)


def op(kind, value, start, end, result=OK, key="k"):
    return Operation(1, kind, key, value, start, end, result)


def kinds(*operations):
    return [violation.kind for violation in check(operations)]


def test_what_one_copy_could_answer_is_legal():
    assert kinds(
        op(READ, None, 0, 1),
        op(WRITE, "a", 2, 4),
        op(READ, None, 2, 3),
        op(READ, "a", 3, 5),
        op(SEARCH, "a", 5, 6),
        op(WRITE, "b", 6, 9),
        op(READ, "a", 7, 8),
        op(READ, "b", 8, 10),
        op(DELETE, None, 11, 13),
        op(READ, "b", 11, 12),
        op(SEARCH, None, 12, 14),
        op(WRITE, "c", 15, 16, FAIL),
        op(READ, None, 17, 18),
    ) == []


def test_an_acknowledged_write_that_is_gone_is_lost():
    assert kinds(op(WRITE, "a", 0, 1), op(READ, None, 2, 3)) == ["lost"]
    assert kinds(op(WRITE, "a", 0, 1), op(SEARCH, None, 2, 3)) == ["lost"]
    # The delete was before the write.
    assert kinds(op(DELETE, None, 0, 1), op(WRITE, "a", 2, 3), op(READ, None, 4, 5)) == ["lost"]
    # The delete came after the read.
    assert kinds(op(WRITE, "a", 0, 1), op(READ, None, 2, 3), op(DELETE, None, 4, 5)) == ["lost"]
    # The delete was refused.
    assert kinds(
        op(WRITE, "a", 0, 1), op(DELETE, None, 2, 3, FAIL), op(READ, None, 4, 5)
    ) == ["lost"]


def test_a_value_that_was_replaced_is_stale():
    assert kinds(op(WRITE, "a", 0, 1), op(WRITE, "b", 2, 3), op(READ, "a", 4, 5)) == ["stale"]


def test_a_value_that_was_deleted_is_resurrected():
    assert kinds(
        op(WRITE, "a", 0, 1), op(DELETE, None, 2, 3), op(SEARCH, "a", 4, 5)
    ) == ["resurrected"]


def test_a_value_that_nobody_wrote_is_a_phantom():
    assert kinds(op(READ, "a", 0, 1)) == ["phantom"]
    assert kinds(op(READ, "a", 0, 1), op(WRITE, "a", 2, 3)) == ["phantom"]
    assert kinds(op(WRITE, "a", 0, 1, FAIL), op(READ, "a", 2, 3)) == ["phantom"]


def test_what_is_unknown_may_happen_at_any_later_time_but_not_twice():
    write = op(WRITE, "b", 2, 3, UNKNOWN)
    before, after = op(WRITE, "a", 0, 1), op(READ, "b", 8, 9)
    assert kinds(before, write, op(READ, "a", 4, 5), after) == []
    assert kinds(before, write, op(READ, "b", 4, 5), op(READ, "a", 6, 7)) == ["stale"]
    assert kinds(before, op(DELETE, None, 2, 3, UNKNOWN), op(READ, None, 4, 5)) == []
    assert kinds(write, op(READ, "b", 4, 5), op(READ, None, 6, 7)) == ["lost"]


def test_keys_do_not_excuse_each_other():
    assert kinds(
        op(WRITE, "a", 0, 1), op(DELETE, None, 2, 3, key="other"), op(READ, None, 4, 5)
    ) == ["lost"]


def test_values_must_be_unique():
    with pytest.raises(ValueError, match="not unique"):
        check([op(WRITE, "a", 0, 1), op(WRITE, "a", 2, 3)])


def test_it_tells_what_may_be_there_when_all_is_quiet():
    def values(*operations):
        return possible_values(operations)["k"]

    assert values(op(WRITE, "a", 0, 1), op(WRITE, "b", 2, 3)) == {"b"}
    assert values(op(WRITE, "a", 0, 2), op(WRITE, "b", 1, 3)) == {"a", "b"}
    assert values(op(WRITE, "a", 0, 1), op(DELETE, None, 2, 3)) == {None}
    assert values(op(WRITE, "a", 0, 1), op(DELETE, None, 2, 3, UNKNOWN)) == {"a", None}
    assert values(op(WRITE, "a", 0, 1, UNKNOWN)) == {"a", None}
    assert values(op(WRITE, "a", 0, 1), op(WRITE, "b", 2, 3, FAIL)) == {"a"}


def history_of_a_register(seed):
    """Operations with random beginnings and ends around the moment at which each happens."""
    generator = random.Random(seed)
    value, operations = None, []
    for number in range(60):
        moment = 100 * number
        start = moment - generator.randrange(400)
        end = moment + generator.randrange(400)
        kind = generator.choice([WRITE, WRITE, DELETE, READ, READ, SEARCH])
        if kind == WRITE:
            value = str(number)
        elif kind == DELETE:
            value = None
        result = UNKNOWN if kind in (WRITE, DELETE) and generator.random() < 0.2 else OK
        operations.append(op(kind, value, start, end, result))
    return operations


@pytest.mark.parametrize("seed", range(200))
def test_no_register_is_accused(seed):
    assert check(history_of_a_register(seed)) == []


def test_most_wrong_reads_of_a_register_are_found():
    found = 0
    for seed in range(200):
        operations = history_of_a_register(seed)
        final = max(each.end_ns for each in operations) + 1
        possible = possible_values(operations)["k"]
        wrong = {each.value for each in operations if each.is_change} - possible
        value = random.Random(seed).choice(sorted(wrong, key=str))
        found += bool(check([*operations, op(READ, value, final, final + 1)]))
    # The check is quick, not complete; what it lets pass, the judge refuses.
    assert found > 150


def test_a_history_comes_back_from_its_file(tmp_path):
    path = tmp_path / "history.jsonl"
    operations = [op(WRITE, "ä", 0, 1), op(READ, None, 2, 3), op(DELETE, None, 4, 5, UNKNOWN)]
    writer = HistoryWriter(path)
    writer.append(*operations[:2])
    writer.append(operations[2])
    writer.close()
    assert list(read_history(path)) == operations
    assert path.read_text().splitlines()[1] == (
        '{"process":1,"op":"read","key":"k","value":null,"start_ns":2,"end_ns":3,"result":"ok"}'
    )


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "no json",
        '{"process":1,"op":"add","key":"k","value":null,"start_ns":0,"end_ns":1,"result":"ok"}',
        '{"process":1,"op":"read","key":"k","value":null,"start_ns":2,"end_ns":1,"result":"ok"}',
        '{"process":1,"op":"read","key":"k","value":null,"start_ns":0,"end_ns":1,"result":"no"}',
    ],
)
def test_a_damaged_history_names_the_line(tmp_path, line):
    path = tmp_path / "history.jsonl"
    writer = HistoryWriter(path)
    writer.append(op(READ, None, 0, 1))
    writer.close()
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ValueError, match="history.jsonl:2: "):
        list(read_history(path))
