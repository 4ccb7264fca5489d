import Client
// [hidden]
import Vectors

// [1]

struct Colour: Codable {
    var name: String
    var isWarm: Bool
}
// [2]

func readPalette(with client: VectronClient) async throws {
    try await client.createCollection(.init(name: "palette", dimension: 3, metric: .euclid))
    let palette = client.collection("palette", of: Colour.self)
    // [3]

    let colours = (UInt64(0)..<1_000).lazy.map { number in
        let (red, rest) = (number / 100, number % 100)
        let (green, blue) = (rest / 10, rest % 10)
        return TypedPoint(
            id: .number(number), vector: [Float(red) / 9, Float(green) / 9, Float(blue) / 9],
            payload: Colour(name: "colour \(number)", isWarm: red > blue))
    }
    // [4]

    try await palette.upload(colours, batchSize: 100) { acknowledged in
        print("\(acknowledged) colours")
    }
    // [5]

    for point in try await palette.search(near: [1, 0.5, 0.3], limit: 5)
    where point.payload.isWarm {
        print(point.payload.name, point.score)
    }
    // [6]

    var warmCount = 0
    for try await point in palette.scroll(pageSize: 200) where point.payload.isWarm {
        warmCount += 1
    }
    print(warmCount, "colours are warm")
    // [7]

    try await client.upsert(
        [Point(id: 7, vector: [0, 0, 0], payload: ["name": .integer(7)])], into: "palette")
    do {
        _ = try await palette.get([7])
    } catch let error as PayloadError {
        print("point \(error.point), \(error.path): \(error.reason)")
    }
    // [2]
}
