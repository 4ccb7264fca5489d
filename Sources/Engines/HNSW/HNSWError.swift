public import Vectors

/// What an index refuses, or cannot do.
public enum HNSWError: Error, Equatable, Sendable {
    /// A parameter outside its bounds.
    case parameterOutOfRange(name: String, value: Int, allowed: ClosedRange<Int>)
    /// An element that cannot hold the vectors of the metric.
    case elementUnsupported(element: VectorElement, metric: Metric)
    /// A vector of another dimension than the index.
    case dimensionMismatch(expected: Int, found: Int)
    /// The index is full; build a larger one and insert the live rows there.
    case capacityExhausted(capacity: Int)
    /// A fresh row would exceed the limit that the index was made with; remove rows, or insert into
    /// another index.
    case memoryLimitExceeded(used: Int, needed: Int, limit: Int)
    /// The system gave no memory.
    case memoryUnavailable(byteCount: Int, errorNumber: Int32)
    /// The file of the vectors cannot be made or grown: its disk is full, or takes no files.
    case vectorFileUnavailable(path: String, byteCount: Int, errorNumber: Int32)
    /// A stored graph is damaged; drop it and build the index from its vectors.
    case graphCorrupted(GraphCorruption)
}

extension HNSWError {
    /// What a refusal of the system means to an index.
    init(_ error: MemoryError) {
        self =
            if let path = error.path {
                .vectorFileUnavailable(
                    path: path, byteCount: error.byteCount, errorNumber: error.errorNumber)
            } else {
                .memoryUnavailable(byteCount: error.byteCount, errorNumber: error.errorNumber)
            }
    }
}

extension HNSWError: CustomStringConvertible {
    /// What happened, to what, and what to do about it.
    public var description: String {
        switch self {
        case .parameterOutOfRange(let name, let value, let allowed):
            "\(name) is \(value), outside \(allowed.lowerBound)...\(allowed.upperBound)"
        case .elementUnsupported(let element, let metric):
            "vectors of the metric \(metric.rawValue) cannot be stored as \(element.rawValue)"
        case .dimensionMismatch(let expected, let found):
            "the vector has \(found) components, the index has dimension \(expected)"
        case .capacityExhausted(let capacity):
            "all \(capacity) rows of the index are used; build a larger index"
        case .memoryLimitExceeded(let used, let needed, let limit):
            "\(needed) bytes more than the \(used) in use would exceed the limit of \(limit)"
        case .memoryUnavailable(let byteCount, let errorNumber):
            "the system refused \(byteCount) bytes (errno \(errorNumber))"
        case .vectorFileUnavailable(let path, let byteCount, let errorNumber):
            """
            the file \(path) cannot have \(byteCount) bytes (errno \(errorNumber)); \
            make room on its disk
            """
        case .graphCorrupted(let corruption):
            "the stored graph is damaged (\(corruption)); rebuild it from the vectors"
        }
    }
}
