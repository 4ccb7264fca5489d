import Client

func findColours(with client: VectronClient) async throws {
    try await client.createCollection(.init(name: "colours", dimension: 3, metric: .euclid))
}
