import Client

struct Colour: Codable {
    var name: String
    var isWarm: Bool
}

func readPalette(with client: VectronClient) async throws {
    try await client.createCollection(.init(name: "palette", dimension: 3, metric: .euclid))
    let palette = client.collection("palette", of: Colour.self)
}
