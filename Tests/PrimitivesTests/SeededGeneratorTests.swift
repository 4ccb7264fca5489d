import Primitives
import Testing

@Suite struct `A seeded generator` {
    @Test func `is the published SplitMix64`() {
        var generator = SplitMix64(seed: 1_234_567)
        let words = (0..<5).map { _ in generator.next() }
        // The reference outputs of the published C code for this seed.
        #expect(
            words == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test func `gives the same words for the same seed, for ever`() {
        var generator = SeededGenerator(seed: 42)
        let words = (0..<4).map { _ in generator.next() }
        // xoshiro256** seeded by SplitMix64, as NumPy, Rust's rand and others have it.
        #expect(
            words == [
                1_546_998_764_402_558_742, 6_990_951_692_964_543_102,
                12_544_586_762_248_559_009, 17_057_574_109_182_124_193,
            ])
    }

    @Test func `splits by label, whatever was drawn before`() {
        let fresh = SeededGenerator(seed: 1)
        var drawn = fresh
        for _ in 0..<10 { _ = drawn.next() }
        var (a, b, c) = (fresh.split("network"), drawn.split("network"), fresh.split("disk"))
        let words = (0..<8).map { _ in a.next() }
        #expect(words == (0..<8).map { _ in b.next() })
        #expect(words != (0..<8).map { _ in c.next() })
        var (parent, other) = (fresh, SeededGenerator(seed: 2).split("network"))
        #expect(words != (0..<8).map { _ in parent.next() })
        #expect(words != (0..<8).map { _ in other.next() })
    }

    @Test func `spreads its words evenly`() {
        var generator = SeededGenerator(seed: 3)
        var counts = [Int](repeating: 0, count: 16)
        for _ in 0..<16_000 { counts[Int.random(in: 0..<16, using: &generator)] += 1 }
        for count in counts { #expect((850...1150).contains(count)) }
    }
}
