import Foundation
import MessagePack

// Measures encoding and decoding of the two shapes that actor calls carry most, beside peers in the
// same run: memcpy for a vector, JSONEncoder for a struct. Prints one JSON object a line.
//
// An argument runs only one metric of one case, for a profiler: `"struct, direct decode_ns"`.

let only = CommandLine.arguments.dropFirst().first

/// Runs `body` many times and returns the nanoseconds of one run, in the fastest of several rounds:
/// other processes only ever make a round slower.
func nanoseconds(_ name: String, _ body: () throws -> Void) rethrows -> Double {
    if let only, only != name { return 0 }
    let runs = only == nil ? 2_000 : 200_000
    let rounds = only == nil ? 200 : 10
    let clock = ContinuousClock()
    var fastest = Double.infinity
    for _ in 0..<rounds {
        let elapsed = try clock.measure { for _ in 0..<runs { try body() } }
        let (seconds, attoseconds) = elapsed.components
        let total = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        fastest = min(fastest, total / Double(runs))
    }
    return fastest
}

/// One line of output.
struct Row: Encodable {
    var bench = "messagepack"
    var `case`: String
    var system: String
    var metric: String
    var value: Double
    var unit = "ns"
    var parameters: [String: String]
}

func report(
    _ name: String, _ system: String, _ parameters: [String: String], encode: Double, decode: Double
) throws {
    if only != nil, encode + decode == 0 { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let metrics = [
        ("encode_ns", encode), ("decode_ns", decode), ("round_trip_ns", encode + decode),
    ]
    for (metric, value) in metrics {
        let row = Row(
            case: name, system: system, metric: metric, value: (value * 10).rounded() / 10,
            parameters: parameters)
        print(String(decoding: try encoder.encode(row), as: UTF8.self))
    }
}

/// Keeps the optimiser from dropping what was computed.
@inline(never) func consume<Value>(_ value: borrowing Value) {}

try measureStructs()
try measureVectors()
