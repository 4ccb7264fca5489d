import Gateway
import Protocols
import Testing
import Vectors

@Suite struct `The border` {
    private let books = CollectionConfiguration(name: "books", dimension: 2, metric: .cosine)

    private func refusal(of point: Point) -> ServiceError? {
        #expect(throws: ServiceError.self) { try Validation.check([point], for: books) }
    }

    private func refusal(of request: SearchRequest) -> ServiceError? {
        #expect(throws: ServiceError.self) { try Validation.check(request, for: books) }
    }

    @Test func `lets good points in`() throws {
        try Validation.check(
            [Point(id: .string("a"), vector: [1, 2], payload: ["x": .integer(1)])], for: books)
        try Validation.check([], for: books)
    }

    @Test(
        arguments: [
            ([1], "dimension 2"), ([1, .nan], "component 1 of the vector is not a number"),
            ([.infinity, 1], "must be finite"), ([0, 0], "needs a direction"),
        ] as [([Float], String)])
    func `refuses a vector and says why`(vector: [Float], reason: String) {
        let error = refusal(of: Point(id: .number(8), vector: vector))
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(reason) == true)
        #expect(error?.message.contains("point 8") == true)
        let query = refusal(
            of: SearchRequest(collection: "books", target: .vector(vector)))
        #expect(query?.message.contains(reason) == true)
    }

    @Test func `refuses a vector that the collection's memory cannot hold`() throws {
        var numbers = CollectionConfiguration(name: "numbers", dimension: 2, metric: .euclid)
        let point = Point(id: .number(8), vector: [1, 70_000])
        try Validation.check([point], for: numbers)
        numbers.memory = .half
        let error = #expect(throws: ServiceError.self) {
            try Validation.check([point], for: numbers)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("70000.0, outside the range of float16") == true)
        // A query is compared as it is.
        try Validation.check(
            SearchRequest(collection: "numbers", target: .vector([1, 70_000])), for: numbers)
    }

    @Test(arguments: ["", String(repeating: "x", count: 513)])
    func `refuses an id`(text: String) {
        let error = refusal(of: Point(id: .string(text), vector: [1, 2]))
        #expect(error?.code == .invalidArgument)
        #expect(throws: ServiceError.self) { try Validation.check([PointID.string(text)]) }
    }

    @Test func `refuses a payload of more than 1 MiB, and none of 1 MiB`() throws {
        func point(byteCount: Int) -> Point {
            // A map of one: a byte for the map, two for the key, five for the string's head.
            let text = String(repeating: "x", count: byteCount - 8)
            return Point(id: .number(1), vector: [1, 2], payload: ["k": .string(text)])
        }
        try Validation.check([point(byteCount: 1 << 20)], for: books)
        let error = refusal(of: point(byteCount: 1 << 20 + 1))
        #expect(error?.code == .tooLarge)
    }

    @Test func `refuses too many points or ids`() {
        let points = [Point](repeating: Point(id: .number(1), vector: [1, 2]), count: 10_001)
        let error = #expect(throws: ServiceError.self) {
            try Validation.check(points, for: books)
        }
        #expect(error?.code == .tooLarge)
        #expect(throws: ServiceError.self) { try Validation.check(points.map(\.id)) }
    }

    @Test(
        arguments: [
            (nil, 0, "recall is 0.0"), (nil, 1.5, "at most 1"), (nil, .nan, "recall is nan"),
            (64, 0.9, "recall excludes efSearch"), (100_001, nil, "efSearch is 100001"),
        ] as [(Int?, Double?, String)])
    func `refuses an effort and says why`(efSearch: Int?, recall: Double?, reason: String) throws {
        let error = refusal(
            of: SearchRequest(
                collection: "books", target: .vector([1, 2]), efSearch: efSearch, recall: recall))
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(reason) == true)
        for good in [0.01, 0.95, 1] {
            try Validation.check(
                SearchRequest(collection: "books", target: .vector([1, 2]), recall: good),
                for: books)
        }
    }

    @Test(arguments: [(0, nil), (10_001, nil), (10, 0), (10, 100_001)] as [(Int, Int?)])
    func `refuses a limit and a width of search`(limit: Int, efSearch: Int?) {
        let error = refusal(
            of: SearchRequest(
                collection: "books", target: .vector([1, 2]), limit: limit, efSearch: efSearch))
        #expect(error?.code == .invalidArgument)
    }
}
