/// What a client sends: `callCount` measured calls, `inFlightCount` of them at any time.
struct Load: Sendable {
    private(set) var byteCount = 16
    private(set) var inFlightCount = 1
    private(set) var callCount = 1_000
    private(set) var warmupCount = 100

    /// Reads `--size N --in-flight K --calls N --warmup N`, in any order.
    init(arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let flag = rest.popFirst() {
            guard let word = rest.popFirst(), let value = Int(word), value >= 0 else {
                throw UsageError(problem: "\(flag) needs a number")
            }
            switch flag {
            case "--size": byteCount = value
            case "--in-flight": inFlightCount = value
            case "--calls": callCount = value
            case "--warmup": warmupCount = value
            default: throw UsageError(problem: "unknown flag \(flag)")
            }
        }
        guard inFlightCount >= 1, callCount >= inFlightCount else {
            throw UsageError(
                problem: "\(callCount) calls cannot keep \(inFlightCount) in flight")
        }
    }
}
