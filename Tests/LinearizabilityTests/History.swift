import Linearizability

typealias Numbers = Register<Int>

/// A history of one register, written down as a person would: `write(1, 0...2)`.
struct History {
    var operations: [Operation<Numbers.Input, Numbers.Output>] = []

    mutating func write(_ value: Int?, _ time: ClosedRange<Int64>) {
        add(.write(value), .done, time)
    }

    mutating func read(_ value: Int?, _ time: ClosedRange<Int64>) {
        add(.read, .value(value), time)
    }

    mutating func replace(_ expected: Int?, _ new: Int?, _ time: ClosedRange<Int64>) {
        add(.compareAndSet(expected: expected, new: new), .done, time)
    }

    mutating func failToReplace(_ expected: Int?, _ time: ClosedRange<Int64>) {
        add(.compareAndSet(expected: expected, new: -1), .mismatch, time)
    }

    /// A write that nobody knows the outcome of.
    mutating func maybeWrite(_ value: Int?, from start: Int64) {
        add(.write(value), nil, start...start)
    }

    mutating func maybeReplace(_ expected: Int?, _ new: Int?, from start: Int64) {
        add(.compareAndSet(expected: expected, new: new), nil, start...start)
    }

    private mutating func add(
        _ input: Numbers.Input, _ output: Numbers.Output?, _ time: ClosedRange<Int64>
    ) {
        operations.append(
            Operation(
                id: operations.count, input: input, output: output, start: time.lowerBound,
                end: time.upperBound))
    }

    var verdict: Verdict<Int?> { Checker(Numbers()).check(operations) }

    /// The operation at which the history stops making sense.
    var offender: Int? {
        if case .illegal(let contradiction) = verdict { contradiction.operation } else { nil }
    }
}

func history(_ write: (inout History) -> Void) -> History {
    var history = History()
    write(&history)
    return history
}
