import Logging
import Synchronization

/// Keeps the warnings and errors that are logged.
final class LogRecorder: LogHandler, Sendable {
    private let recorded = Mutex<[String]>([])

    /// What was logged, with the fact `reason`.
    var messages: [String] { recorded.withLock { $0 } }

    /// A logger that logs here.
    var logger: Logger { Logger(label: "test") { _ in self } }

    // It keeps what it was made with, whatever a logger sets.
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        recorded.withLock { messages in
            messages.append("\(event.message): \(event.metadata?["reason"].map { "\($0)" } ?? "")")
        }
    }
}
