public import Foundation

/// A history of reads and writes as a file of JSON lines, one operation a line.
///
/// | field | meaning |
/// |---|---|
/// | `process` | who asked: a number or a string |
/// | `op` | `write` (also `upsert`), `delete`, `read` (also `get`, `search`), `compare-and-set` |
/// | `key` | which register: a number or a string |
/// | `value` | any JSON: what is written, or was read; null or missing: nothing is there |
/// | `expected` | of `compare-and-set`: what must be there |
/// | `start_ns`, `end_ns` | when it was asked and answered, by one clock |
/// | `result` | `ok`; `mismatch`: of `compare-and-set`, something else was there; `fail`: it has certainly not happened; `unknown`: it may happen at any later time, or never |
///
/// Lines of other operations (`op`) are left out, as are empty ones.
public struct HistoryFile: Sendable {
    /// What a register of a file holds: JSON text with sorted keys.
    public typealias Value = String
    /// An operation of a file.
    public typealias FileOperation = Operation<Register<Value>.Input, Register<Value>.Output>

    /// The operations of each key, by key; an operation's `id` is its line, from 1.
    public private(set) var operations: [(key: String, operations: [FileOperation])]
    /// How many lines were left out because their operation is not of a register.
    public private(set) var otherCount = 0

    /// Reads the lines of a file.
    ///
    /// - Throws: ``HistoryError``, which names the first line that makes no sense.
    public init(lines data: Data) throws {
        var byKey: [String: [FileOperation]] = [:]
        let decoder = JSONDecoder()
        var number = 0
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
            let fields: Line
            do {
                fields = try decoder.decode(Line.self, from: line)
            } catch {
                throw HistoryError(line: number, reason: "\(error)")
            }
            guard let input = try fields.input(line: number) else {
                otherCount += 1
                continue
            }
            guard let operation = try fields.operation(input, line: number) else { continue }
            byKey[fields.key?.text ?? "", default: []].append(operation)
        }
        operations = byKey.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// Why a file is no history.
public struct HistoryError: Error, Hashable, CustomStringConvertible {
    /// The line, from 1.
    public var line: Int
    /// What is wrong with it.
    public var reason: String

    /// Both in one line.
    public var description: String { "line \(line): \(reason)" }
}

/// The fields of a line.
private struct Line: Decodable {
    var op: String
    var key: JSONText?
    var value: JSONText?
    var expected: JSONText?
    var start_ns: Int64
    var end_ns: Int64?
    var result: String

    func input(line: Int) throws(HistoryError) -> Register<String>.Input? {
        switch op {
        case "write", "upsert": return .write(value?.text)
        case "delete": return .write(nil)
        case "read", "get", "search": return .read
        case "compare-and-set", "cas":
            return .compareAndSet(expected: expected?.text, new: value?.text)
        default: return nil
        }
    }

    /// The operation, or nil if it has not happened.
    func operation(
        _ input: Register<String>.Input, line: Int
    ) throws(HistoryError) -> HistoryFile.FileOperation? {
        let output: Register<String>.Output?
        switch (result, input) {
        case ("ok", .read): output = .value(value?.text)
        case ("ok", _): output = .done
        case ("mismatch", .compareAndSet): output = .mismatch
        case ("fail", _): return nil
        case ("unknown", _): output = nil
        default:
            throw HistoryError(line: line, reason: "'\(result)' is no result of '\(op)'")
        }
        guard let end = end_ns ?? (output == nil ? start_ns : nil), output == nil || end >= start_ns
        else {
            throw HistoryError(line: line, reason: "it has no end, or ends before its start")
        }
        return HistoryFile.FileOperation(
            id: line, input: input, output: output, start: start_ns, end: end)
    }
}

/// Any JSON but null, as text.
private struct JSONText: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.singleValueContainer() {
            // Each attempt that fails only says that it is another kind of value.
            if let string = try? container.decode(String.self) {
                text = string
                return
            }
            if let number = try? container.decode(Int64.self) {
                text = String(number)
                return
            }
            if let bool = try? container.decode(Bool.self) {
                text = String(bool)
                return
            }
            if let number = try? container.decode(Double.self) {
                text = String(number)
                return
            }
            if let list = try? container.decode([JSONText?].self) {
                text = "[" + list.map { $0?.text ?? "null" }.joined(separator: ",") + "]"
                return
            }
        }
        let fields = try decoder.singleValueContainer().decode([String: JSONText?].self)
        text =
            "{"
            + fields.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value?.text ?? "null")" }
            .joined(separator: ",") + "}"
    }
}
