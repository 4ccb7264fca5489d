import FoundationEssentials

extension PointID: Codable {
    /// A number, 16 bytes, or a string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(UInt64.self) {  // the kind decides, not the failure
            self = .number(number)
        } else if let string = try? container.decode(String.self) {
            self.init(string: string)
        } else {
            let bytes = try container.decode(Data.self)
            guard let id = PointID(canonicalBytes: [1] + bytes) else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "a point id of \(bytes.count) bytes; a UUID has 16")
            }
            self = id
        }
    }

    /// A number, 16 bytes, or a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .uuid(let uuid): try container.encode(withUnsafeBytes(of: uuid.uuid) { Data($0) })
        case .string(let string): try container.encode(string)
        }
    }
}
