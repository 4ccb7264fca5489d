/// Spreads one word of seed over a sequence of words: the smallest good generator.
///
/// For seeding, and for random choices that are a function of a number.
///
/// *Source*: Steele, Lea and Flood 2014, *Fast splittable pseudorandom number generators*.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The sequence that belongs to a seed.
    public init(seed: UInt64) { state = seed }

    /// The next word.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

/// The generator of everything that is random and must happen again: xoshiro256**.
///
/// The same seed gives the same words on every machine and in every version. `split(_:)` derives
/// independent generators by name, so that one part of a simulation that draws more does not
/// change what the other parts see.
///
/// Not for secrets.
///
/// *Source*: Blackman and Vigna 2021, *Scrambled linear pseudorandom number generators*.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)
    private let seed: UInt64

    /// The sequence that belongs to a seed.
    public init(seed: UInt64) {
        self.seed = seed
        var words = SplitMix64(seed: seed)
        state = (words.next(), words.next(), words.next(), words.next())
    }

    /// The next word.
    public mutating func next() -> UInt64 {
        let result = Self.rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, by: 45)
        return result
    }

    /// The generator of one named part, a function of this one's seed and the label alone.
    ///
    /// What was drawn from this generator, before or after, makes no difference.
    public func split(_ label: String) -> SeededGenerator {
        // FNV-1a, then one round of SplitMix64 to spread the low bits.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var mixer = SplitMix64(seed: seed ^ hash)
        return SeededGenerator(seed: mixer.next())
    }

    private static func rotate(_ word: UInt64, by count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }
}
