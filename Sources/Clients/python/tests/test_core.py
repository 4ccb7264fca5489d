"""What a client sends, when again, and when it gives up: without a socket or a clock."""

import msgpack
import pytest

from vectron import (
    DeadlineExceeded,
    Internal,
    InvalidArgument,
    NotFound,
    Overloaded,
    SessionExpired,
    TooLarge,
    Unavailable,
    UnknownOutcome,
    VectronError,
    _errors,
)
from vectron._core import LONGEST_PAUSE, PATIENCE, Core, Pause, decide, final
from vectron._requests import Effect, Request, WriteName
from vectron._sessions import Sessions

READ = Request("count", {}, lambda result: result["count"])
WRITE = Request("upsert", {}, lambda result: result["count"], Effect.AGAIN)
NAMED = WriteName(b"s", 1, 0).added_to(WRITE)


def sent(core, now):
    return [msgpack.unpackb(data) for _, data in core.due(now)]


def reply(core, request, now, **answer):
    body = {"v": 1, "id": request["id"], "ok": "result" in answer, **answer}
    core.receive(msgpack.packb(body), now)


def fail(core, request, now, code, retryable=False, **details):
    error = {"code": code, "message": code, "retryable": retryable, "details": details}
    reply(core, request, now, error=error)


def outcome(core):
    (found,) = core.finished()
    return found


def test_every_code_has_its_class():
    codes = {
        "invalidArgument", "notFound", "alreadyExists", "tooLarge", "epochNotMatch", "notLeader",
        "sessionExpired", "overloaded", "memoryExhausted", "unavailable", "deadlineExceeded",
        "unknownOutcome", "fenced", "corrupted", "internal",
    }
    classes = {
        code: type(_errors.error_from_wire({"code": code, "message": "m"})) for code in codes
    }
    assert len(set(classes.values())) == len(codes)
    assert all(cls.code == code for code, cls in classes.items())
    assert type(_errors.error_from_wire({"code": "new", "message": ""})) is Internal


@pytest.mark.parametrize("effect", Effect)
def test_what_was_not_done_is_asked_again(effect):
    error = Overloaded("", retryable=True)
    decision = decide(error, effect, may_have_run=False, attempts=1, repeat=True)
    assert decision == Pause(0.02)


@pytest.mark.parametrize("effect", Effect)
def test_nothing_is_asked_again_that_is_wrong(effect):
    error = NotFound("")
    assert decide(error, effect, may_have_run=False, attempts=1, repeat=True) is error


def test_only_what_does_no_harm_is_asked_again_when_its_outcome_is_unknown():
    error = UnknownOutcome("")
    decisions = {
        effect: decide(error, effect, may_have_run=True, attempts=1, repeat=True)
        for effect in Effect
    }
    assert decisions[Effect.AGAIN] is error
    assert isinstance(decisions[Effect.READ], Pause) and isinstance(decisions[Effect.NAMED], Pause)


def test_pauses_grow_and_end_growing():
    pauses = [
        decide(
            Overloaded("", retryable=True), Effect.READ, may_have_run=False, attempts=n, repeat=True
        ).seconds
        for n in range(1, 30)
    ]
    assert pauses == sorted(pauses) and pauses[-1] == LONGEST_PAUSE


@pytest.mark.parametrize("error", [Unavailable("", retryable=True), SessionExpired("")])
def test_no_error_denies_what_may_have_been_done(error):
    for effect in (Effect.NAMED, Effect.AGAIN):
        found = final(error, effect, may_have_run=True)
        assert isinstance(found, UnknownOutcome) and found.details["cause"] == error.code
        assert final(error, effect, may_have_run=False) is error
    assert final(error, Effect.READ, may_have_run=True) is error


def test_an_answer_ends_a_call():
    core = Core(key="k")
    number = core.start(READ, 0, 30)
    (request,) = sent(core, 0)
    assert request["op"] == "count" and request["deadline_ms"] == 30_000 and request["key"] == "k"
    reply(core, request, 1, result={"count": 5})
    found = outcome(core)
    assert (found.number, found.value, found.error) == (number, 5, None)
    assert core.pending == 0 and core.wake_at() is None


def test_a_silent_read_is_sent_again_and_its_first_answer_counts():
    core = Core()
    core.start(READ, 0, 30)
    (first,) = sent(core, 0)
    assert sent(core, PATIENCE - 0.1) == []
    assert core.wake_at() == PATIENCE
    assert sent(core, PATIENCE) == []
    (second,) = sent(core, core.wake_at())
    assert second["id"] != first["id"] and second["deadline_ms"] < 20_000
    reply(core, first, 21, result={"count": 1})
    assert outcome(core).value == 1
    reply(core, second, 22, result={"count": 2})
    assert core.finished() == []


def test_a_silent_write_without_a_name_is_not_sent_again():
    core = Core()
    core.start(WRITE, 0, 30)
    sent(core, 0)
    assert core.wake_at() == 30 and sent(core, 29.9) == [] and sent(core, 30) == []
    error = outcome(core).error
    assert isinstance(error, DeadlineExceeded) and "may have been done" in str(error)


def test_a_silent_write_with_a_name_is_sent_again_under_it():
    core = Core()
    core.start(NAMED, 0, 30)
    (first,) = sent(core, 0)
    sent(core, PATIENCE)
    (second,) = sent(core, core.wake_at())
    assert (second["session"], second["sequence"]) == (first["session"], first["sequence"])
    fail(core, second, 12, "sessionExpired")
    error = outcome(core).error
    assert isinstance(error, UnknownOutcome) and error.details["cause"] == "sessionExpired"


def test_a_caller_who_keeps_account_gets_the_first_error():
    for code, retryable in [("unavailable", True), ("unknownOutcome", False)]:
        core = Core(repeat=False)
        core.start(WRITE, 0, 30)
        (request,) = sent(core, 0)
        fail(core, request, 1, code, retryable)
        assert outcome(core).error.code == code


def test_the_last_reason_is_told_when_the_time_is_up():
    core = Core()
    core.start(READ, 0, 1)
    (request,) = sent(core, 0)
    fail(core, request, 0.995, "overloaded", True)
    assert isinstance(outcome(core).error, Overloaded)


def test_what_nobody_could_be_sent_was_not_done():
    core = Core()
    core.start(WRITE, 0, 1)
    now = 0.0
    while core.pending:
        for wire_id, _ in core.due(now):
            core.not_sent(wire_id, now)
        now = core.wake_at() or now
    assert isinstance(outcome(core).error, Unavailable) and now <= 1


def test_a_request_that_cannot_be_encoded_is_the_callers_mistake():
    core = Core()
    for fields in [{"x": object()}, {"x": 2**64}, {"x": {1, 2}}]:
        core.start(Request("upsert", fields, int), 0, 1)
        assert core.due(0) == []
        assert isinstance(outcome(core).error, (TypeError, OverflowError, ValueError))


def test_a_request_that_is_too_large_is_not_sent():
    core = Core()
    core.start(Request("upsert", {"vectors": bytes(33 << 20)}, int), 0, 1)
    assert core.due(0) == [] and isinstance(outcome(core).error, TooLarge)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", b"\x80", b"\x93\x01\x02", b"\xdd\xff\xff\xff\xff", b"\x91" * 5_000,
     msgpack.packb({"v": 2, "id": 1, "ok": True, "result": {}}),
     msgpack.packb({"v": 1, "id": 1, "ok": False}),
     msgpack.packb({"v": 1, "id": [1], "ok": True, "result": {}}),
     msgpack.packb({"v": 1, "id": 99, "ok": True, "result": {}})],
)
def test_what_is_no_reply_of_ours_is_passed_over(data):
    core = Core()
    core.start(READ, 0, 30)
    core.start(READ, 0, 30)
    core.due(0)
    core.receive(data, 1)
    assert core.finished() == [] and core.pending == 2


def test_an_error_without_an_id_is_of_the_only_call():
    core = Core()
    core.start(READ, 0, 30)
    sent(core, 0)
    fail(core, {"id": None}, 1, "invalidArgument")
    assert isinstance(outcome(core).error, InvalidArgument)


def test_a_result_that_lacks_something_is_an_error():
    core = Core()
    core.start(READ, 0, 30)
    (request,) = sent(core, 0)
    reply(core, request, 1, result={})
    assert isinstance(outcome(core).error, ValueError)


def test_nobody_hears_of_a_call_that_was_cancelled():
    core = Core()
    number = core.start(READ, 0, 30)
    (request,) = sent(core, 0)
    core.cancel(number)
    reply(core, request, 1, result={"count": 1})
    assert core.finished() == [] and core.pending == 0


class Steps:
    """Drives a write by hand."""

    def __init__(self, sessions):
        self.steps = sessions.write("docs", WRITE)
        self.request = next(self.steps)

    def answer(self, value):
        try:
            self.request = self.steps.send(value)
        except StopIteration as stop:
            return stop.value

    def fail(self, error):
        self.request = self.steps.throw(error)

    @property
    def name(self):
        fields = self.request.fields
        return fields["session"], fields["sequence"], fields["acknowledged"]


def test_writes_have_names_in_one_session():
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    first = Steps(sessions)
    assert first.request.op == "session.open"
    first.answer(b"token")
    assert first.name == (b"token", 1, 0)
    second = Steps(sessions)
    assert second.name == (b"token", 2, 0)
    assert second.answer(7) == 7
    third = Steps(sessions)
    assert third.name == (b"token", 3, 0)
    assert first.answer(7) == 7
    assert Steps(sessions).name == (b"token", 4, 2)
    now[0] = 700
    assert Steps(sessions).request.op == "session.open"


def test_a_write_whose_session_is_forgotten_gets_another_name():
    write = Steps(Sessions(lambda: 0.0))
    write.answer(b"old")
    write.fail(SessionExpired(""))
    assert write.request.op == "session.open"
    write.answer(b"new")
    assert write.name == (b"new", 1, 0)


def test_a_session_that_is_always_forgotten_is_not_opened_for_ever():
    write = Steps(Sessions(lambda: 0.0))
    with pytest.raises(SessionExpired):
        for _ in range(20):
            write.answer(b"token")
            write.fail(SessionExpired(""))


def test_a_write_that_may_have_been_done_gets_no_other_name():
    sessions = Sessions(lambda: 0.0)
    write = Steps(sessions)
    write.answer(b"old")
    with pytest.raises(VectronError):
        write.fail(UnknownOutcome("", details={"cause": "sessionExpired"}))
    assert Steps(sessions).request.op == "session.open"


def test_a_session_is_left_when_one_write_takes_too_long():
    sessions = Sessions(lambda: 0.0)
    stuck = Steps(sessions)
    stuck.answer(b"token")
    for _ in range(999):
        Steps(sessions).answer(1)
    assert Steps(sessions).request.op == "session.open"
