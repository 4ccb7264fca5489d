import Client

struct Colour: Codable {
    var name: String
    var isWarm: Bool
}

func readPalette(with client: VectronClient) async throws {
    try await client.createCollection(.init(name: "palette", dimension: 3, metric: .euclid))
    let palette = client.collection("palette", of: Colour.self)

    let colours = (UInt64(0)..<1_000).lazy.map { number in
        let (red, rest) = (number / 100, number % 100)
        let (green, blue) = (rest / 10, rest % 10)
        return TypedPoint(
            id: .number(number), vector: [Float(red) / 9, Float(green) / 9, Float(blue) / 9],
            payload: Colour(name: "colour \(number)", isWarm: red > blue))
    }

    try await palette.upload(colours, batchSize: 100) { acknowledged in
        print("\(acknowledged) colours")
    }
}
