import Client

func findColours(with client: VectronClient) async throws {
    try await client.createCollection(.init(name: "colours", dimension: 3, metric: .euclid))

    try await client.upsert(
        [
            Point(id: 1, vector: [1, 0.39, 0.28], payload: ["name": .string("tomato")]),
            Point(id: 2, vector: [0.25, 0.88, 0.82], payload: ["name": .string("turquoise")]),
            Point(id: "sea", vector: [0.18, 0.55, 0.34], payload: ["name": .string("sea green")]),
        ], into: "colours")
}
