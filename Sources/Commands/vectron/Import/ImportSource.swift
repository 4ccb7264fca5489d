import Foundation

/// What an import reads: a `.npy` with or without lines of payload, or lines of whole points.
///
/// Thread safety: one task at a time uses it.
final class ImportSource {
    private let vectors: NpyFile?
    private let lines: LineReader?
    private let path: String
    /// The number of the next row.
    private(set) var nextRow = 0

    /// Opens the files of an import.
    init(path: String, payload: String?) throws {
        self.path = path
        if path.hasSuffix(".npy") {
            vectors = try NpyFile(path: path)
            lines = try payload.map { try LineReader(path: $0) }
        } else if [".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"].contains(where: path.hasSuffix) {
            guard payload == nil else {
                throw CommandError("--payload goes with a .npy file; lines carry their own")
            }
            vectors = nil
            lines = try LineReader(path: path)
        } else {
            throw CommandError("\(path) is neither .npy nor .jsonl nor .jsonl.gz")
        }
    }

    /// How many rows there are, if that is known beforehand.
    var rowCount: Int? { vectors?.rowCount }

    /// The number of components, if that is known beforehand.
    var dimension: Int? { vectors?.columnCount }

    /// How much was read, 0 to 1; nil if that cannot be told.
    var fraction: Double? {
        if let rowCount { return rowCount > 0 ? Double(nextRow) / Double(rowCount) : 1 }
        return lines?.fraction
    }

    /// Leaves out the first rows.
    func skip(_ count: Int) throws {
        for _ in 0..<count where lines != nil {
            guard try lines?.next() != nil else { break }
        }
        nextRow += count
    }

    /// The next rows, none after the last.
    func next(_ count: Int) throws -> [ImportRow] {
        guard let vectors else { return try nextLines(count) }
        let rows = nextRow..<min(nextRow + count, vectors.rowCount)
        guard !rows.isEmpty, rows.lowerBound < rows.upperBound else {
            if let lines, try lines.next() != nil {
                throw CommandError(
                    "the payload has more lines than \(path) has rows (\(vectors.rowCount))")
            }
            return []
        }
        nextRow = rows.upperBound
        return try zip(rows, vectors.floats(rows)).map { number, vector in
            ImportRow(number: number, vector: vector, line: try payloadLine(of: number))
        }
    }

    private func payloadLine(of row: Int) throws -> [UInt8]? {
        guard let lines else { return nil }
        guard let line = try lines.next() else {
            throw CommandError("the payload ends before row \(row) of \(path)")
        }
        return line
    }

    private func nextLines(_ count: Int) throws -> [ImportRow] {
        var rows: [ImportRow] = []
        while rows.count < count, let line = try lines?.next() {
            rows.append(ImportRow(number: nextRow, line: line))
            nextRow += 1
        }
        return rows
    }
}
