import Primitives
package import Raft

/// What a client asks of a group.
package enum Action: Sendable, Hashable {
    /// Upserts a point that says `value`.
    case put(key: UInt64, value: UInt64)
    /// Deletes a point.
    case remove(key: UInt64)
    /// Reads a point.
    case get(key: UInt64)
    /// Counts the points.
    case count
    /// Opens a session, without which nothing is written.
    case openSession
    /// Begins the life of the cluster.
    case initialize
    /// Makes a worker known to the catalog.
    case register(worker: UInt64)
    /// Creates a collection.
    case create(name: UInt64)
    /// Deletes a collection.
    case drop(name: UInt64)
    /// Asks whether a collection exists.
    case find(name: UInt64)

    /// Whether it changes nothing.
    package var isRead: Bool {
        switch self {
        case .get, .count, .find: true
        default: false
        }
    }
}

/// A request on its way to a node.
package struct Request: Sendable {
    /// Who asks.
    package var client: Int
    /// Which of the client's attempts it is.
    package var attempt: UInt64
    /// Which write of the client's session it is; the same in all attempts.
    package var write: CommandHeader?
    /// Whom.
    package var group: GroupID
    /// What.
    package var action: Action
}

/// A node's answer on its way to a client.
package struct Response: Sendable {
    /// For whom.
    package var client: Int
    /// To which of the client's attempts.
    package var attempt: UInt64
    /// What.
    package var result: Result

    /// What a node answers.
    package enum Result: Sendable {
        /// Nothing was done; who leads, if the node knows.
        case retry(leader: Int?)
        /// It was done, at this position.
        case written(UInt64, Position)
        /// What was read: a value, or a count; nil: nothing is there.
        case read(UInt64?)
    }
}
