/// One thing that was looked at, how it is, and what to do about it.
public struct Diagnosis: Sendable, Hashable {
    /// How it is.
    public var level: Level
    /// What was looked at: `disk`, `node worker-1`.
    public var subject: String
    /// What was found.
    public var text: String
    /// What to do; nil: nothing.
    public var advice: String?

    /// How something is.
    public enum Level: String, Sendable, Hashable, CaseIterable {
        /// As it should be.
        case ok
        /// It works, and may not for long or not well.
        case warn
        /// It does not work.
        case fail
    }

    private init(_ level: Level, _ subject: String, _ text: String, advice: String?) {
        self.level = level
        self.subject = subject
        self.text = text
        self.advice = advice
    }

    /// As it should be.
    public static func ok(_ subject: String, _ text: String) -> Diagnosis {
        Diagnosis(.ok, subject, text, advice: nil)
    }

    /// It works, and may not for long or not well.
    public static func warn(_ subject: String, _ text: String, do advice: String) -> Diagnosis {
        Diagnosis(.warn, subject, text, advice: advice)
    }

    /// It does not work.
    public static func fail(_ subject: String, _ text: String, do advice: String) -> Diagnosis {
        Diagnosis(.fail, subject, text, advice: advice)
    }

    /// What a check of the configuration has found.
    public init(_ finding: ClusterFinding, at origin: ClusterValueOrigin?) {
        let text = (origin.map { "\($0): " } ?? "") + finding.text
        self.init(finding.severity == .error ? .fail : .warn, "configuration", text, advice: nil)
    }

    /// What keeps nodes from starting.
    public init(_ error: ClusterFileError) {
        self.init(.fail, "configuration", "\(error)", advice: nil)
    }
}
