/// How new what a read sees must be.
///
/// Written as text, in all formats: `linearizable`, `local`, or `bounded:N` and a unit, `ms` or `s`,
/// as in `bounded:500ms`.
public enum ReadConsistency: Sendable, Hashable {
    /// Every write that was acknowledged before the read began.
    case linearizable
    /// Every write that was acknowledged longer ago than this, in whole milliseconds.
    case bounded(staleness: Duration)
    /// Whatever the replica that is asked has applied.
    case local

    /// The shortest and the longest staleness that can be asked for: a millisecond and an hour.
    public static let stalenessRange = Duration.milliseconds(1)...Duration.seconds(3_600)

    /// A bounded staleness, or nil if it is outside ``stalenessRange``.
    public init?(stalenessInMilliseconds milliseconds: some BinaryInteger) {
        guard (1...3_600_000).contains(milliseconds) else { return nil }
        self = .bounded(staleness: .milliseconds(milliseconds))
    }

    /// Throws unless a read can be made so.
    public func validate() throws(ServiceError) {
        guard case .bounded(let staleness) = self else { return }
        guard Self.stalenessRange.contains(staleness) else {
            throw .invalidArgument(
                "a staleness of \(staleness) is asked for; it must be 1 ms to 1 h")
        }
    }
}

extension ReadConsistency: LosslessStringConvertible {
    /// As the command line takes it; a staleness in milliseconds, rounded down.
    public var description: String {
        switch self {
        case .linearizable: "linearizable"
        case .local: "local"
        case .bounded(let staleness): "bounded:\(staleness.wholeMilliseconds)ms"
        }
    }

    /// The consistency that this text names, or nil.
    public init?(_ description: String) {
        switch description {
        case "linearizable": self = .linearizable
        case "local": self = .local
        default:
            let prefix = "bounded:"
            guard description.hasPrefix(prefix) else { return nil }
            let text = description.dropFirst(prefix.count)
            let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
            // Seven digits are enough for an hour and cannot overflow below.
            guard digits.count <= 7, let number = Int(digits) else { return nil }
            switch text.dropFirst(digits.count) {
            case "ms": self.init(stalenessInMilliseconds: number)
            case "s": self.init(stalenessInMilliseconds: number * 1_000)
            default: return nil
            }
        }
    }
}

extension Duration {
    /// How many whole milliseconds it has.
    fileprivate var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}

extension ReadConsistency: Codable {
    /// A single text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let consistency = ReadConsistency(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "there is no consistency \(text.prefix(64).debugDescription)")
        }
        self = consistency
    }

    /// A single text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
