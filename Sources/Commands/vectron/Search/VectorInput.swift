import Foundation

/// Vectors as the command line takes them.
enum VectorInput {
    /// The vector that JSON text is.
    static func parse(_ text: String, of what: String) throws -> [Float] {
        let vector = try? JSONDecoder().decode([Float].self, from: Data(text.utf8))  // said below
        guard let vector, !vector.isEmpty else {
            throw CommandError(
                "\(what) is no JSON array of numbers: \(text.prefix(60).debugDescription)")
        }
        return vector
    }

    /// The vector of a file: a row of a `.npy`, or a JSON array.
    static func read(_ path: String, row: Int) throws -> [Float] {
        if path.hasSuffix(".npy") {
            let file = try NpyFile(path: path)
            guard (0..<file.rowCount).contains(row) else {
                throw CommandError("\(path) has \(file.rowCount) rows; --row \(row) is not one")
            }
            return try file.floats(row..<row + 1)[0]
        }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandError("\(path) cannot be read: \((error as NSError).localizedDescription)")
        }
        return try parse(text, of: path)
    }
}
