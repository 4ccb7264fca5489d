import Client

struct Colour: Codable {
    var name: String
    var isWarm: Bool
}
