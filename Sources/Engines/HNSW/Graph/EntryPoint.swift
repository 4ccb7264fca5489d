/// Where every search begins: a node of the top layer, packed into one word so that a reader
/// never sees the row of one entry point with the level of another.
struct EntryPoint: Equatable, Sendable {
    /// No node yet.
    static let none: UInt64 = .max

    let row: Row
    let level: Int

    init(row: Row, level: Int) {
        self.row = row
        self.level = level
    }

    init?(packed: UInt64) {
        if packed == Self.none { return nil }
        self.init(row: Row(truncatingIfNeeded: packed), level: Int(packed >> 32))
    }

    var packed: UInt64 { UInt64(level) << 32 | UInt64(row) }
}
