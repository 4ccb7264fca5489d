import Primitives

/// Draws the level of a row: a pure function of the seed and the row.
///
/// The paper draws ⌊−ln(U) / ln(M)⌋. This is the same distribution (level ≥ l with probability
/// M⁻ˡ) without logarithms, whose last bits differ between machines: a node climbs one layer for
/// each successive draw below 2⁶⁴ / M.
struct LevelGenerator: Sendable {
    /// The highest level; with M = 2 one row in 2³¹ would reach it.
    static let maximumLevel = 31

    let seed: UInt64
    let maxLinks: Int

    func level(of row: Row) -> Int {
        var draws = SplitMix64(seed: seed &+ UInt64(row) &* 0x9e37_79b9_7f4a_7c15)
        var level = 0
        while level < Self.maximumLevel,
            draws.next().multipliedFullWidth(by: UInt64(maxLinks)).high == 0
        {
            level += 1
        }
        return level
    }
}
