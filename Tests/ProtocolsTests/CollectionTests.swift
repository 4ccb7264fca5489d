import Protocols
import Testing
import Vectors

@Suite struct `A collection's configuration` {
    private let good = CollectionConfiguration(
        name: "books-2.v_1", dimension: 384, metric: .cosine, shardCount: 4)

    @Test func `is let in when it is good`() throws { try good.validate() }

    @Test(arguments: ["", ".x", "a b", "a/b", "é", String(repeating: "x", count: 256)])
    func `is refused for its name`(name: String) {
        var bad = good
        bad.name = name
        let error = #expect(throws: ServiceError.self) { try bad.validate() }
        #expect(error?.message.contains("not allowed") == true)
    }

    @Test(arguments: [(0, 1), (-1, 1), (65_537, 1), (4, 0), (4, 257)])
    func `is refused for its numbers`(dimension: Int, shardCount: Int) {
        var bad = good
        (bad.dimension, bad.shardCount) = (dimension, shardCount)
        let error = #expect(throws: ServiceError.self) { try bad.validate() }
        #expect(error?.code == .invalidArgument)
    }

    @Test(arguments: [0, -1, 8])
    func `is refused for its number of replicas`(replicaCount: Int) {
        var bad = good
        bad.replicaCount = replicaCount
        let error = #expect(throws: ServiceError.self) { try bad.validate() }
        #expect(error?.code == .invalidArgument)
    }

    @Test(arguments: [nil, 1, 2, 7])
    func `is let in with one to seven replicas`(replicaCount: Int?) throws {
        var configuration = good
        configuration.replicaCount = replicaCount
        try configuration.validate()
    }

    @Test func `names a metric that exists`() throws {
        #expect(try CollectionConfiguration.metric(named: "dot") == .dot)
        #expect(try CollectionConfiguration.metric(named: "manhattan") == .manhattan)
        let error = #expect(throws: ServiceError.self) {
            try CollectionConfiguration.metric(named: "hamming")
        }
        #expect(error?.message.contains("cosine, dot, euclid, manhattan") == true)
    }
}
