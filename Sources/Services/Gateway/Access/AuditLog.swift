internal import FoundationEssentials
internal import JSON
package import Protocols
internal import Synchronization
package import Telemetry

/// Who has done, or was refused, what counts: a file of JSON lines, apart from the program's log.
///
/// Logins, changes of users, keys and plans, collections that were created and deleted, and refusals.
/// Names, ids and outcomes only: no secret reaches it, because no request does, and what has the form of
/// one in the place of a name is left out. Refusals of strangers
/// are limited, so that nobody fills the disk by guessing: the next line says how many are missing.
///
/// Thread safety: any thread may call anything.
package final class AuditLog: Sendable {
    /// How many refusals of strangers are written.
    private static let refusals = TokenBucket.Limit(rate: 20, burst: 200)

    private struct State {
        var bucket: TokenBucket
        var suppressedCount = 0
    }

    private let lines: LineLog
    private let wallClock: @Sendable () -> Timestamp
    private let state: Mutex<State>

    /// Makes a log.
    package init(_ lines: LineLog, wallClock: @escaping @Sendable () -> Timestamp) {
        self.lines = lines
        self.wallClock = wallClock
        state = Mutex(State(bucket: TokenBucket(Self.refusals, at: .now)))
    }

    /// Waits until everything is written.
    package func flush() async { await lines.flush() }

    /// What has happened.
    package struct Event: Sendable {
        /// Who asked.
        package var caller: Caller
        /// Whom the credential speaks for, if that is known.
        package var identity: Identity?
        /// What was asked for.
        package var operation: GatewayOperation
        /// On which collection.
        package var collection: String?
        /// What else it was about.
        package var subject: String?
        /// Why it was not done; nil: it was.
        package var failure: ServiceError.Code?

        /// Makes an event.
        package init(
            caller: Caller, identity: Identity?, operation: GatewayOperation, collection: String?,
            subject: String?, failure: ServiceError.Code?
        ) {
            self.caller = caller
            self.identity = identity
            self.operation = operation
            self.collection = collection
            self.subject = subject
            self.failure = failure
        }
    }

    /// Adds a line.
    package func record(_ event: Event) {
        var suppressedCount = 0
        if event.identity == nil, event.failure != nil {
            let isWritten = state.withLock { state in
                guard state.bucket.take(1, Self.refusals, at: .now) == nil else {
                    state.suppressedCount += 1
                    return false
                }
                suppressedCount = state.suppressedCount
                state.suppressedCount = 0
                return true
            }
            guard isWritten else { return }
        }
        lines.append(Self.line(event, at: wallClock(), suppressedCount: suppressedCount))
    }

    /// The longest text of a field, in characters: names come from outside.
    private static let maxTextLength = 256

    /// Whether it is a key or a token, which somebody has taken for a name or an id.
    private static func isSecret(_ text: String) -> Bool {
        let beginnings = ["vec_", "vrt_", "vbt_", "eyJ"]
        return text.utf8.count >= 40 && beginnings.contains(where: text.hasPrefix)
    }

    private static func line(
        _ event: Event, at time: Timestamp, suppressedCount: Int
    ) -> [UInt8] {
        var writer = JSONWriter()
        let date = Date(timeIntervalSince1970: TimeInterval(time.rawValue))
        writer.write(raw: "{")
        writer.write(field: "time")
        writer.write(date.formatted(.iso8601))
        func write(_ name: StaticString, _ value: String?) {
            guard let value else { return }
            writer.write(raw: ",")
            writer.write(field: name)
            writer.write(isSecret(value) ? "(a secret)" : String(value.prefix(maxTextLength)))
        }
        write("request", event.caller.requestID)
        write("face", event.caller.face)
        write("address", event.caller.address.description)
        write("user", event.identity?.name)
        write("tenant", event.identity?.tenantName)
        write("credential", event.identity?.source.text)
        write("operation", event.operation.rawValue)
        write("collection", event.collection)
        write("subject", event.subject)
        write("outcome", event.failure?.rawValue ?? "done")
        if suppressedCount > 0 {
            writer.write(raw: ",")
            writer.write(field: "suppressed")
            writer.write(suppressedCount)
        }
        writer.write(raw: "}")
        return writer.bytes
    }
}

extension Identity.Source {
    /// Which session or key it is, by numbers that are no secrets.
    package var text: String {
        switch self {
        case .session(let id): "session:\(id)"
        case .apiKey(let id): "key:\(id)"
        }
    }
}
