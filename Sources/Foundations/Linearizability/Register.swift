/// A place that holds one value or none: what each point of a collection is to its readers.
public struct Register<Value: Hashable & Sendable>: SequentialModel {
    /// What a caller asks of a register.
    public enum Input: Sendable, Hashable {
        /// Puts a value there; nil deletes.
        case write(Value?)
        /// Asks for the value.
        case read
        /// Puts a value there if another is there; nil stands for none.
        case compareAndSet(expected: Value?, new: Value?)
    }

    /// What a caller is told.
    public enum Output: Sendable, Hashable {
        /// It was written, or the value was the expected one and is replaced.
        case done
        /// The value was not the expected one; nothing has changed.
        case mismatch
        /// What is there; nil: nothing.
        case value(Value?)
    }

    /// What is there before all operations.
    public let initialState: Value?

    /// A register that holds a value at first, or none.
    public init(initially value: Value? = nil) { initialState = value }

    /// The state behind an operation, or nil if it cannot have had this result.
    public func next(after state: Value?, _ input: Input, _ output: Output?) -> Value?? {
        switch (input, output) {
        case (.write(let value), .done), (.write(let value), nil): .some(value)
        case (.read, .value(let value)): state == value ? .some(state) : nil
        case (.read, nil): .some(state)
        case (.compareAndSet(let expected, let new), .done):
            state == expected ? .some(new) : nil
        case (.compareAndSet(let expected, _), .mismatch):
            state != expected ? .some(state) : nil
        case (.compareAndSet(let expected, let new), nil):
            .some(state == expected ? new : state)
        case (.write, _), (.read, _), (.compareAndSet, _): nil
        }
    }

    /// Leaves out reads of unknown outcome, and writes whose value nobody has seen.
    public func withoutUnnoticed(
        _ operations: [Operation<Input, Output>]
    ) -> [Operation<Input, Output>] {
        guard operations.contains(where: { $0.output == nil }) else { return operations }
        var seen: Set<Value?> = []
        for operation in operations {
            switch (operation.input, operation.output) {
            case (.read, .value(let value)): seen.insert(value)
            case (.compareAndSet(let expected, _), .done), (.compareAndSet(let expected, _), nil):
                seen.insert(expected)
            // It has seen that the value was one of all the others.
            case (.compareAndSet, .mismatch): return operations
            default: break
            }
        }
        return operations.filter { operation in
            guard operation.output == nil else { return true }
            switch operation.input {
            case .write(let value), .compareAndSet(_, let value): return seen.contains(value)
            case .read: return false
            }
        }
    }
}
