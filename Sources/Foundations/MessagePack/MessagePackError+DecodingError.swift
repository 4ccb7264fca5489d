extension MessagePackError {
    /// The error in `Codable`'s terms, with this one beneath it.
    func decodingError(for type: Any.Type, at path: [any CodingKey]) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: path, debugDescription: description, underlyingError: self)
        return switch self {
        case .typeMismatch(_, _, found: .nil): .valueNotFound(type, context)
        case .typeMismatch: .typeMismatch(type, context)
        default: .dataCorrupted(context)
        }
    }
}
