internal import FoundationEssentials
internal import JSON
package import Protocols

/// One line of an ``AuditLog``, read again.
package struct AuditEntry: Sendable, Hashable {
    /// When it happened.
    package var time: Timestamp
    /// The name of the request.
    package var request: String?
    /// The face that was used: `rest`, `bridge`.
    package var face: String?
    /// Where the client was.
    package var address: String?
    /// Who it was; nil: nobody whom the gateway knew.
    package var user: String?
    /// The tenant whose collections the user sees.
    package var tenant: String?
    /// The session or key that was shown: `session:ID`, `key:ID`.
    package var credential: String?
    /// What was asked for: a ``GatewayOperation``, or one of a newer release.
    package var operation: String
    /// On which collection.
    package var collection: String?
    /// Whom or what else it was about.
    package var subject: String?
    /// `done`, or the code of the error.
    package var outcome: String
    /// How many lines before this one were left out, because they were too many.
    package var suppressedCount: Int?

    /// The outcome of what was carried out.
    package static let done = "done"
    /// The most fields of a line: those above, and what newer releases add.
    private static let maxFieldCount = 32

    private enum Value {
        case string(String)
        case integer(Int)
    }

    private static func value(_ reader: inout JSONReader) throws(JSONError) -> Value {
        guard try reader.peekKind() == .string else {
            let number: Int = try reader.readInteger()
            return .integer(number)
        }
        return .string(try reader.readString())
    }

    /// Reads a line; fields that are not known are passed over.
    ///
    /// - Throws: ``AuditEntryError``.
    package init(line: [UInt8]) throws(AuditEntryError) {
        let fields: [String: Value]
        do {
            fields = try line.withUnsafeBytes { bytes in
                try JSONReader.read(bytes) { (reader) throws(JSONError) in
                    try reader.readObject(maxCount: Self.maxFieldCount, Self.value)
                }
            }
        } catch {
            throw AuditEntryError(reason: "\(error)")
        }
        func text(_ name: String) -> String? {
            if case .string(let text) = fields[name] { text } else { nil }
        }
        guard let time = text("time"), let operation = text("operation"),
            let outcome = text("outcome")
        else { throw AuditEntryError(reason: "time, operation or outcome is missing") }
        guard let date = try? Date(time, strategy: .iso8601) else {
            throw AuditEntryError(reason: "\(time.debugDescription) is no time")
        }
        self.time = Timestamp(Int64(date.timeIntervalSince1970))
        self.operation = operation
        self.outcome = outcome
        request = text("request")
        face = text("face")
        address = text("address")
        user = text("user")
        tenant = text("tenant")
        credential = text("credential")
        collection = text("collection")
        subject = text("subject")
        if case .integer(let count) = fields["suppressed"] { suppressedCount = count }
    }
}

/// Why a line is none of an audit log.
package struct AuditEntryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it; nothing of its content but names.
    package var reason: String

    /// The reason.
    package var description: String { reason }
}

/// Which lines of an audit log are wanted; what is not set does not matter.
package struct AuditFilter: Sendable, Hashable {
    /// By whom, or about whom: failed logins name nobody they are by.
    package var users: Set<String> = []
    /// By which keys, or about which: their ids.
    package var keys: Set<String> = []
    /// What was asked for.
    package var operations: Set<String> = []
    /// How it came out; none: however.
    package var outcomes: [Outcome] = []
    /// On which collections.
    package var collections: Set<String> = []
    /// Nothing before.
    package var since: Timestamp?
    /// Nothing from then on.
    package var until: Timestamp?

    /// Makes a filter that lets everything through.
    package init() {}

    /// How something came out.
    package enum Outcome: Sendable, Hashable {
        /// It was done.
        case done
        /// It was not done, for whatever reason.
        case failed
        /// Somebody was kept from it.
        case refused
        /// It failed with this code.
        case code(ServiceError.Code)

        /// The outcome of this name, or the code.
        package init?(_ text: String) {
            switch text {
            case AuditEntry.done: self = .done
            case "failed": self = .failed
            case "refused": self = .refused
            default:
                guard let code = ServiceError.Code(rawValue: text) else { return nil }
                self = .code(code)
            }
        }

        fileprivate func matches(_ outcome: String) -> Bool {
            switch self {
            case .done: outcome == AuditEntry.done
            case .failed: outcome != AuditEntry.done
            case .refused: ServiceError.Code(rawValue: outcome)?.isRefusal ?? false
            case .code(let code): outcome == code.rawValue
            }
        }
    }

    /// Whether the entry is wanted.
    package func matches(_ entry: AuditEntry) -> Bool {
        func has(_ wanted: Set<String>, _ values: String?...) -> Bool {
            wanted.isEmpty || values.contains { $0.map(wanted.contains) ?? false }
        }
        if let since, entry.time.rawValue < since.rawValue { return false }
        if let until, entry.time.rawValue >= until.rawValue { return false }
        let key = entry.credential.flatMap { text in
            text.hasPrefix("key:") ? String(text.dropFirst("key:".count)) : nil
        }
        let revoked =
            entry.operation == GatewayOperation.revokeKey.rawValue ? entry.subject : nil
        return has(users, entry.user, entry.subject) && has(keys, key, revoked)
            && has(operations, entry.operation) && has(collections, entry.collection)
            && (outcomes.isEmpty || outcomes.contains { $0.matches(entry.outcome) })
    }
}
