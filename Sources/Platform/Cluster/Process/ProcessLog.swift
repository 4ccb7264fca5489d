public import Logging

/// Where the logs of a process go: the standard error, one line an event.
public enum ProcessLog {
    /// Sets up logging for the process; call it once, first.
    public static func bootstrap(level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}
