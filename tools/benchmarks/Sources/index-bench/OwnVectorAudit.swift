import Foundation
import HNSW

/// Counts the rows that searches do not find by their own vectors, while points are replaced and removed
/// again and again: `index-bench own-vectors [POINTS [CHANGES [SEEDS [EF]]]]`.
///
/// Points of 12 independent normal components under Euclid, changed up to 60 at a time; every 20 changes
/// each row is looked up. Points have to be many enough that the graph is walked.
enum OwnVectorAudit {
    private static let dimension = 12

    static func run(_ arguments: [String]) throws {
        let numbers = try arguments.map { text in
            guard let number = Int(text), number > 0 else { throw UsageError(argument: text) }
            return number
        }
        func number(_ index: Int, or usual: Int) -> Int {
            index < numbers.count ? numbers[index] : usual
        }
        let (points, changes) = (number(0, or: 900), number(1, or: 6000))
        let (seeds, ef) = (number(2, or: 10), number(3, or: 48))
        var (looked, missed) = (0, 0)
        for seed in 0..<UInt64(seeds) {
            var generator = SplitMix(state: seed)
            let index = try HNSWIndex(
                dimension: dimension, metric: .euclid, element: .float32,
                parameters: HNSWParameters())
            var rows = [UInt32?](repeating: nil, count: points)
            for change in 1...changes {
                let removes = generator.uniform() < 0.3
                for _ in 0..<Int.random(in: 1...60, using: &generator) {
                    let key = Int.random(in: 0..<points, using: &generator)
                    let old = rows[key]
                    rows[key] = removes ? nil : try index.insert(vector(&generator))
                    if let old { index.remove(old) }
                }
                guard change % 20 == 0 else { continue }
                for case let row? in rows {
                    looked += 1
                    let found = index.search(index.vector(at: row), limit: 1, efSearch: ef)
                    if found.first?.row != row { missed += 1 }
                }
            }
        }
        print("ef \(ef): \(looked) rows looked up by their own vectors, \(missed) missed")
    }

    private static func vector(_ generator: inout SplitMix) -> [Float] {
        (0..<dimension).map { _ in
            let radius = (-2 * log(generator.uniform() + 1e-18)).squareRoot()
            return Float(radius * cos(2 * .pi * generator.uniform()))
        }
    }

    /// SplitMix64.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var word = state
            word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
            word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
            return word ^ (word >> 31)
        }

        mutating func uniform() -> Double { Double(next() >> 11) / 0x1p53 }
    }
}
