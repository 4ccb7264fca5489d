/// A set of at most 64 members that can be counted: what a collection is to those who count it.
public struct Membership: SequentialModel {
    /// What a caller asks of a set; members are 0 ..< 64.
    public enum Input: Sendable, Hashable {
        /// Puts a member in.
        case insert(Int)
        /// Takes it out.
        case remove(Int)
        /// Asks whether it is in.
        case contains(Int)
        /// Asks how many there are.
        case count
    }

    /// What a caller is told.
    public enum Output: Sendable, Hashable {
        /// It was done.
        case done
        /// Whether it is in.
        case isMember(Bool)
        /// How many there are.
        case count(Int)
    }

    /// Nobody; one bit a member.
    public let initialState: UInt64 = 0

    /// A set that is empty at first.
    public init() {}

    /// The state behind an operation, or nil if it cannot have had this result.
    public func next(after state: UInt64, _ input: Input, _ output: Output?) -> UInt64? {
        switch (input, output) {
        case (.insert(let member), .done), (.insert(let member), nil): state | 1 << UInt64(member)
        case (.remove(let member), .done), (.remove(let member), nil):
            state & ~(1 << UInt64(member))
        case (.contains(let member), .isMember(let isMember)):
            (state >> UInt64(member) & 1 == 1) == isMember ? state : nil
        case (.count, .count(let count)): state.nonzeroBitCount == count ? state : nil
        case (.contains, nil), (.count, nil): state
        default: nil
        }
    }
}
