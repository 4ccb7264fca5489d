/// What an object does if one operation runs after the other: the meaning that a history of
/// operations that overlap must be able to have.
public protocol SequentialModel: Sendable {
    /// What the object holds.
    associatedtype State: Hashable, Sendable
    /// What a caller asks.
    associatedtype Input: Hashable, Sendable
    /// What a caller is told.
    associatedtype Output: Sendable

    /// What the object holds before all operations.
    var initialState: State { get }

    /// What the object holds after an operation, or nil if it cannot answer so in this state.
    ///
    /// - Parameter output: The answer; nil if the caller never learnt it. Then every state must
    ///   have a next one.
    func next(after state: State, _ input: Input, _ output: Output?) -> State?

    /// The operations without those of unknown outcome that nobody can have noticed.
    ///
    /// Each of them may have happened at any later time, so that leaving them out saves much work.
    func withoutUnnoticed(
        _ operations: [Operation<Input, Output>]
    ) -> [Operation<Input, Output>]
}

extension SequentialModel {
    /// All operations.
    public func withoutUnnoticed(
        _ operations: [Operation<Input, Output>]
    ) -> [Operation<Input, Output>] { operations }
}

/// One operation as its caller saw it.
public struct Operation<Input: Sendable, Output: Sendable>: Sendable {
    /// A number by which the caller of the checker knows it again.
    public var id: Int
    /// What was asked.
    public var input: Input
    /// What was answered; nil: the outcome is unknown, it may happen at any later time or never.
    public var output: Output?
    /// When it was asked, in any unit that all operations share.
    public var start: Int64
    /// When it was answered; without meaning if the outcome is unknown.
    public var end: Int64

    /// Makes an operation.
    public init(id: Int, input: Input, output: Output?, start: Int64, end: Int64) {
        precondition(
            output == nil || start <= end, "operation \(id) ends at \(end), before \(start)")
        self.id = id
        self.input = input
        self.output = output
        self.start = start
        self.end = end
    }
}
