/// Rows under headings, in columns.
package struct Table {
    let headings: [String]
    var rows: [[String]]

    /// Makes a table; each row has a cell for each heading.
    package init(headings: [String], rows: [[String]] = []) {
        self.headings = headings
        self.rows = rows
    }

    /// The widest column but the last, so that one long value does not push the others away.
    private static let maxColumnWidth = 60

    /// The table, its lines cut to `width` columns if that is given.
    package func text(width: Int?) -> String {
        let lines = ([headings] + rows).map { $0.map(Self.line) }
        let widths = headings.indices.dropLast().map { column in
            min(lines.map { $0[column].count }.max() ?? 0, Self.maxColumnWidth)
        }
        return lines.map { cells in
            let padded = zip(cells, widths).map { cell, width in
                Self.cut(cell, to: width)
                    + String(repeating: " ", count: max(0, width - cell.count))
            }
            let line = (padded + cells.suffix(1)).joined(separator: "  ")
            return Self.cut(line, to: width ?? .max)
        }.joined(separator: "\n")
    }

    /// A value on one line.
    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : text.prefix(max(0, width - 1)) + "…"
    }
}
