/// Which operations of a history have their place in the order that is being tried.
///
/// Operations of known outcome have numbers by the time at which they were asked, so that those
/// with a place are all up to some number and a few behind it. Those of unknown outcome may stay
/// without a place for ever and have numbers of their own.
struct Linearised {
    private var known: [UInt64]
    private var unknown: [UInt64]
    /// The first word of `known` that is not full, or the last.
    private var firstWord = 0
    /// No word of `known` behind this one has a bit.
    private var lastWord = 0

    init(knownCount: Int, unknownCount: Int) {
        known = [UInt64](repeating: 0, count: knownCount / 64 + 1)
        unknown = [UInt64](repeating: 0, count: (unknownCount + 63) / 64)
    }

    mutating func insertKnown(_ number: Int) {
        known[number / 64] |= 1 << UInt64(number % 64)
        lastWord = max(lastWord, number / 64)
        while firstWord + 1 < known.count, known[firstWord] == .max { firstWord += 1 }
    }

    mutating func removeKnown(_ number: Int) {
        known[number / 64] &= ~(1 << UInt64(number % 64))
        firstWord = min(firstWord, number / 64)
    }

    mutating func insertUnknown(_ number: Int) {
        unknown[number / 64] |= 1 << UInt64(number % 64)
    }

    mutating func removeUnknown(_ number: Int) {
        unknown[number / 64] &= ~(1 << UInt64(number % 64))
    }

    /// What tells this set from all others, without the words that are full or empty.
    var key: Key {
        var last = max(lastWord, firstWord)
        while last > firstWord, known[last] == 0 { last -= 1 }
        return Key(firstWord: firstWord, known: Array(known[firstWord...last]), unknown: unknown)
    }

    struct Key: Hashable {
        var firstWord: Int
        var known: [UInt64]
        var unknown: [UInt64]
    }
}
