/// The one error that crosses process borders.
public struct ServiceError: Error, Sendable, Hashable, Codable {
    /// What kind of thing went wrong.
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        /// The request is wrong and will stay so.
        case invalidArgument
        /// What the request names does not exist.
        case notFound
        /// What the request would create exists.
        case alreadyExists
        /// The request is larger than a limit.
        case tooLarge
        /// The sender's map is not the receiver's; `details["epoch"]` is the receiver's.
        case epochNotMatch
        /// Only the leader does this, and the receiver is not it; nothing was done by this attempt.
        ///
        /// `details["leader"]` is the leader's node name, if it is known.
        case notLeader
        /// The session of a write is not known any more; nothing was done by this attempt.
        ///
        /// An earlier attempt of the same write may have been done.
        case sessionExpired
        /// Too much is under way; try again later.
        case overloaded
        /// The worker's indexes take all the memory that they may; nothing was done, and reads and
        /// deletes go on.
        ///
        /// Not worth repeating before there is room: add a worker, raise the limit or delete points.
        /// `details` has `used` and `limit`, in bytes.
        case memoryExhausted
        /// Nobody knows who asks: there is no credential, or it is wrong, expired or revoked.
        case unauthenticated
        /// Who asks is known, and may not do this.
        case permissionDenied
        /// Who asks has asked too often; nothing was done.
        ///
        /// `details["retryAfter"]` is how many seconds to wait.
        case rateLimited
        /// Nobody who could answer can be reached; nothing was done.
        case unavailable
        /// The time was up. What was asked for may or may not have been done.
        case deadlineExceeded
        /// Whether it was done is unknown: whoever did it was lost before answering.
        case unknownOutcome
        /// The node has stopped acknowledging because its disk failed.
        case fenced
        /// Stored bytes are not what was stored.
        case corrupted
        /// A bug of ours.
        case `internal`
    }

    /// What kind of thing went wrong.
    public var code: Code
    /// What happened, to what, and what to do about it.
    public var message: String
    /// Whether the same request may succeed later, unchanged, and nothing was done by this one.
    public var isRetryable: Bool
    /// Facts for programs.
    public var details: [String: String]

    /// Makes an error.
    public init(
        _ code: Code, _ message: String, isRetryable: Bool? = nil, details: [String: String] = [:]
    ) {
        self.code = code
        self.message = message
        self.isRetryable =
            isRetryable
            ?? [.epochNotMatch, .notLeader, .overloaded, .rateLimited, .unavailable]
            .contains(code)
        self.details = details
    }

    /// An ``Code/invalidArgument`` with this message.
    public static func invalidArgument(_ message: String) -> ServiceError {
        ServiceError(.invalidArgument, message)
    }

    /// A ``Code/permissionDenied`` with this message.
    public static func permissionDenied(_ message: String) -> ServiceError {
        ServiceError(.permissionDenied, message)
    }

    /// A ``Code/rateLimited``: what was asked too often, and after how long to ask again.
    public static func rateLimited(_ message: String, retryAfter: Duration) -> ServiceError {
        // Rounded up: whoever waits so long finds the door open.
        let seconds =
            max(1, retryAfter.components.seconds + (retryAfter.components.attoseconds > 0 ? 1 : 0))
        return ServiceError(
            .rateLimited, "\(message); try again in \(seconds) s",
            details: ["retryAfter": String(seconds)])
    }

    /// How many seconds to wait, by a ``Code/rateLimited``.
    public var retryAfterSeconds: Int? {
        code == .rateLimited ? details["retryAfter"].flatMap { Int($0) } : nil
    }

    /// A ``Code/notFound`` with this message.
    public static func notFound(_ message: String) -> ServiceError {
        ServiceError(.notFound, message)
    }
}

extension ServiceError: CustomStringConvertible {
    /// Code and message.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension ServiceError {
    /// Only the leader does this, and `node` is not it.
    ///
    /// - Parameters:
    ///   - node: Whoever was asked.
    ///   - what: What is led: a shard, or the placement drivers.
    ///   - leader: The leader's node name, if it is known.
    public static func notLeader(
        _ node: String, of what: String, leader: String?
    ) -> ServiceError {
        ServiceError(
            .notLeader,
            """
            \(node) does not lead \(what); \
            \(leader.map { "ask \($0)" } ?? "the leader is not known, try again in a moment")
            """,
            details: leader.map { ["leader": $0] } ?? [:])
    }

    /// The node name of the leader that a ``Code/notLeader`` points to.
    public var leaderHint: String? { code == .notLeader ? details["leader"] : nil }
}

extension ServiceError {
    /// The one answer to every credential that is not good, whatever is wrong with it.
    public static let unauthenticated = ServiceError(
        .unauthenticated,
        "the credential is missing, wrong, expired or revoked; log in again or use another key")

    /// The one answer to a name and a password that do not belong together.
    public static let wrongPassword = ServiceError(
        .unauthenticated, "there is no user of this name with this password")
}

extension ServiceError {
    /// No collection has this name.
    public static func unknownCollection(_ name: String) -> ServiceError {
        ServiceError(
            .notFound,
            """
            there is no collection \(name.debugDescription.prefix(300)); \
            create it first or list the collections
            """,
            details: ["collection": String(name.prefix(CollectionConfiguration.maxNameByteCount))])
    }
}

extension ServiceError {
    /// A collection of this name exists already.
    public static func collectionExists(_ name: String) -> ServiceError {
        ServiceError(
            .alreadyExists,
            "collection \(name) exists already; delete it first or choose another name",
            details: ["collection": name])
    }
}

extension ServiceError {
    /// The payload of a point is larger than a point may have.
    public static func payloadTooLarge(of id: PointID, byteCount: Int) -> ServiceError {
        ServiceError(
            .tooLarge,
            """
            the payload of point \(id) has \(byteCount) bytes, more than \
            \(UpsertRequest.maxPayloadByteCount); keep large values elsewhere and store a reference
            """)
    }
}

extension ServiceError.Code {
    /// Whether what was asked for may have been done in spite of the error.
    ///
    /// Whoever sends a request again asks this first.
    public var mayHaveRun: Bool {
        switch self {
        case .unknownOutcome, .deadlineExceeded, .fenced, .corrupted, .internal: true
        default: false
        }
    }
}
