import Gateway
import Protocols
import Testing
import Vectors

@Suite struct `Scatter and gather` {
    private func points(_ scores: [(UInt64, Float)]) -> [ScoredPoint] {
        scores.map { ScoredPoint(id: .number($0.0), score: $0.1) }
    }

    @Test func `merges by score, larger first, equal scores by id`() {
        let merged = ScatterGather.merge(
            [points([(5, 0.9), (1, 0.5)]), points([(2, 0.9), (3, 0.5)]), []], by: .cosine,
            limit: 3)
        #expect(merged == points([(2, 0.9), (5, 0.9), (1, 0.5)]))
    }

    @Test(arguments: [Metric.euclid, .manhattan])
    func `merges distances, smaller first`(metric: Metric) {
        let merged = ScatterGather.merge(
            [points([(1, 1), (2, 4)]), points([(3, 2), (4, 3)])], by: metric, limit: 10)
        #expect(merged.map(\.id) == [.number(1), .number(3), .number(4), .number(2)])
    }

    @Test func `answers in the order of the parts`() async throws {
        let values = try await ScatterGather.each(Array(0..<50)) { part in
            if part % 2 == 0 { await Task.yield() }
            return part * part
        }
        #expect(values == (0..<50).map { $0 * $0 })
    }

    @Test func `fails when one part does`() async {
        await #expect(throws: ServiceError.notFound("7")) {
            try await ScatterGather.each(Array(0..<10)) { part in
                if part == 7 { throw ServiceError.notFound("7") }
                return part
            }
        }
    }
}
