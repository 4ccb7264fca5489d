import Logging
import Synchronization

/// Keeps what was logged, as one line each.
final class LogCapture: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    func logger() -> Logger {
        var logger = Logger(label: "test") { _ in Handler(capture: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let capture: LogCapture
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).merging(metadata) { own, _ in own }
                .map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            capture.kept.withLock { $0.append("\(event.level) \(event.message) \(facts)") }
        }
    }
}
