/// Whether a history can be what an object did that works off one operation after the other.
public enum Verdict<State: Hashable & Sendable>: Sendable, Hashable {
    /// It can.
    case legal
    /// It cannot.
    case illegal(Contradiction<State>)
    /// There are more ways to order it than were to be tried.
    case undecided(triedCount: Int)

    /// Whether it can, for certain.
    public var isLegal: Bool { self == .legal }
}

/// The end of the shortest part of a history that makes no sense.
public struct Contradiction<State: Hashable & Sendable>: Sendable, Hashable {
    /// The operation that ended first among those whose answer fits no order: all that ended before
    /// it can be explained.
    public var operation: Int
    /// What the object can have held just before its answer; at most
    /// ``maxStateCount`` of the possible ones.
    public var possibleStates: [State]

    /// The most states that are told.
    public static var maxStateCount: Int { 8 }
}
