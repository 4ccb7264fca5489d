/// Rows in the order of their ids, each id once: a table that is the same on every replica.
///
/// Complexity: finding is O(log n), inserting and removing O(n) of moving memory.
package struct Rows<Row: Identifiable & Sendable & Hashable>: Sendable, Hashable
where Row.ID: Comparable {
    /// All rows, by id.
    package private(set) var all: [Row] = []

    /// No rows.
    package init() {}

    /// How many rows there are.
    package var count: Int { all.count }

    /// The row of an id; setting nil removes it.
    package subscript(id: Row.ID) -> Row? {
        get {
            let index = lowerBound(of: id)
            return index < all.count && all[index].id == id ? all[index] : nil
        }
        set {
            precondition(newValue == nil || newValue?.id == id, "a row in the place of another")
            let index = lowerBound(of: id)
            let isThere = index < all.count && all[index].id == id
            switch (newValue, isThere) {
            case (let row?, true): all[index] = row
            case (let row?, false): all.insert(row, at: index)
            case (nil, true): all.remove(at: index)
            case (nil, false): break
            }
        }
    }

    /// Removes the rows for which this holds.
    package mutating func removeAll(where isUnwanted: (Row) -> Bool) {
        all.removeAll(where: isUnwanted)
    }

    /// Whether the ids are in order, each once.
    var isInOrder: Bool { zip(all, all.dropFirst()).allSatisfy { $0.id < $1.id } }

    private func lowerBound(of id: Row.ID) -> Int {
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if all[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Rows: Codable where Row: Codable {
    /// An array of rows.
    package init(from decoder: any Decoder) throws {
        all = try decoder.singleValueContainer().decode([Row].self)
    }

    /// An array of rows.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(all)
    }
}
