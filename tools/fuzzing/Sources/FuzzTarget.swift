/// A decoder of bytes that come from outside, and what must hold of it.
///
/// A check throws what the decoder throws, which is good; it stops the program on a finding.
struct FuzzTarget: Sendable {
    /// Its name for `tools/fuzz`, and that of its folder of seeds.
    let name: String
    /// Tries one input.
    let check: @Sendable ([UInt8]) throws -> Void

    /// All, in the order in which they run.
    static let all =
        messagePack + [json, bridge, envelope, nodeBatch, raftLog] + catalog + authentication
        + [graph, graphHeader, clusterFile, npy]

    /// Stops unless what was decoded is written to bytes that decode to the same bytes again.
    ///
    /// Bytes are compared, not values: a NaN is not equal to itself.
    static func checkRoundTrip<Value>(
        _ bytes: [UInt8], decode: ([UInt8]) throws -> Value, encode: (Value) throws -> [UInt8]
    ) throws {
        let first = try encode(try decode(bytes))
        let second: [UInt8]
        do {
            second = try encode(try decode(first))
        } catch {
            preconditionFailure("what was written cannot be read: \(error); \(first)")
        }
        precondition(first == second, "\(first) became \(second)")
    }
}
