/// What a tenant may use, at most; whoever does it for the tenant enforces it.
public struct Plan: Sendable, Hashable, Codable {
    /// One to 64 of `a–z 0–9 _ -`.
    public var name: String
    /// Searches, gets, counts and the like per second, of all users and keys of the tenant.
    public var readsPerSecond: PlanLimit
    /// Upserts, deletes and changes of collections per second.
    public var writesPerSecond: PlanLimit
    /// How many requests may come at once after a rest, of either kind.
    public var burst: PlanLimit
    /// How many points all collections of the tenant have together.
    public var pointCount: PlanLimit
    /// How many collections the tenant has.
    public var collectionCount: PlanLimit
    /// How many bytes the vectors and payloads of the tenant take together.
    public var byteCount: PlanLimit

    /// The longest name, in bytes.
    public static let maxNameByteCount = 64

    /// Makes a plan.
    public init(
        name: String, readsPerSecond: PlanLimit, writesPerSecond: PlanLimit, burst: PlanLimit,
        pointCount: PlanLimit, collectionCount: PlanLimit, byteCount: PlanLimit
    ) {
        self.name = name
        self.readsPerSecond = readsPerSecond
        self.writesPerSecond = writesPerSecond
        self.burst = burst
        self.pointCount = pointCount
        self.collectionCount = collectionCount
        self.byteCount = byteCount
    }
}

/// A number that is not exceeded, or none.
public enum PlanLimit: Sendable, Hashable {
    /// At most so many, 0 or more.
    case atMost(Int)
    /// As many as there is room for.
    case unlimited
}

extension PlanLimit: ExpressibleByIntegerLiteral {
    /// At most so many.
    public init(integerLiteral value: Int) { self = .atMost(value) }
}

extension PlanLimit {
    /// Whether so many are within the limit.
    public func allows(_ count: Int) -> Bool {
        switch self {
        case .atMost(let limit): count <= limit
        case .unlimited: true
        }
    }

    /// The number, or nil if there is none.
    public var value: Int? {
        switch self {
        case .atMost(let limit): limit
        case .unlimited: nil
        }
    }
}

extension PlanLimit: Codable {
    /// How no limit is written: never by leaving it out.
    private static let unlimitedText = "unlimited"

    /// A number, or `"unlimited"`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // Tried as a number first: what is neither is reported as a wrong text.
        if let number = try? container.decode(Int.self) {
            guard number >= 0 else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "a limit is 0 or more, not \(number)")
            }
            self = .atMost(number)
            return
        }
        guard try container.decode(String.self) == Self.unlimitedText else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a limit is a number or \"unlimited\"")
        }
        self = .unlimited
    }

    /// A number, or `"unlimited"`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .atMost(let limit): try container.encode(limit)
        case .unlimited: try container.encode(Self.unlimitedText)
        }
    }
}

extension Plan {
    /// For trying: what one small machine bears a thousand times.
    public static let free = Plan(
        name: "free", readsPerSecond: 50, writesPerSecond: 20, burst: 100, pointCount: 100_000,
        collectionCount: 10, byteCount: .atMost(1 << 30))
    /// For work; what a user gets unless another plan is named.
    public static let standard = Plan(
        name: "standard", readsPerSecond: 1_000, writesPerSecond: 500, burst: 2_000,
        pointCount: 10_000_000, collectionCount: 1_000, byteCount: .atMost(100 << 30))
    /// No limits but the machines'; the first administrator's.
    public static let unlimited = Plan(
        name: "unlimited", readsPerSecond: .unlimited, writesPerSecond: .unlimited,
        burst: .unlimited, pointCount: .unlimited, collectionCount: .unlimited,
        byteCount: .unlimited)

    /// The plans that are always there; they can be changed, and not removed.
    public static let builtIn = [free, standard, unlimited]
}
