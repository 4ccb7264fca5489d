import Protocols

/// Makes a value of any `Decodable` type of a payload, without a detour over JSON text.
struct PayloadDecoder: Decoder {
    private let value: JSONValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private init(_ value: JSONValue, _ codingPath: [any CodingKey]) {
        self.value = value
        self.codingPath = codingPath
    }

    /// The value that a payload stands for.
    ///
    /// - Throws: `DecodingError`, or what the type's own coding throws.
    static func value<Value: Decodable>(
        _ type: Value.Type, from payload: Payload
    ) throws -> Value {
        try read(type, from: .object(payload), at: [])
    }

    private static func read<Value: Decodable>(
        _ type: Value.Type, from value: JSONValue, at path: [any CodingKey]
    ) throws -> Value {
        guard let scalar = type as? any PayloadScalar.Type else {
            return try Value(from: PayloadDecoder(value, path))
        }
        do throws(PayloadMismatch) {
            guard let read = try scalar.init(jsonValue: value) as? Value else {
                preconditionFailure("a \(scalar) is no \(type)")
            }
            return read
        } catch {
            throw DecodingError.typeMismatch(
                type, .init(codingPath: path, debugDescription: error.reason))
        }
    }

    private func mismatch(_ type: Any.Type, expected: String) -> DecodingError {
        .typeMismatch(
            type,
            .init(
                codingPath: codingPath,
                debugDescription: PayloadMismatch.expected(expected, value).reason))
    }

    func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else {
            throw mismatch([String: JSONValue].self, expected: "an object")
        }
        return KeyedDecodingContainer(Keyed(object: object, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let array) = value else {
            throw mismatch([JSONValue].self, expected: "an array")
        }
        return Unkeyed(array: array, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        Single(value: value, codingPath: codingPath)
    }
}

extension PayloadDecoder {
    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let object: [String: JSONValue]
        let codingPath: [any CodingKey]

        var allKeys: [Key] { object.keys.sorted().compactMap { Key(stringValue: $0) } }

        func contains(_ key: Key) -> Bool { object[key.stringValue] != nil }

        private func value(_ key: any CodingKey) throws -> JSONValue {
            guard let value = object[key.stringValue] else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: codingPath, debugDescription: "there is no such value"))
            }
            return value
        }

        func decodeNil(forKey key: Key) throws -> Bool { try value(key) == .null }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try PayloadDecoder.read(type, from: value(key), at: codingPath + [key])
        }

        private func child(_ key: any CodingKey) throws -> PayloadDecoder {
            PayloadDecoder(try value(key), codingPath + [key])
        }

        func nestedContainer<NestedKey>(
            keyedBy type: NestedKey.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<NestedKey> {
            try child(key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try child(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { try child(PayloadSuperKey.super) }
        func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let array: [JSONValue]
        let codingPath: [any CodingKey]
        private(set) var currentIndex = 0

        init(array: [JSONValue], codingPath: [any CodingKey]) {
            self.array = array
            self.codingPath = codingPath
        }

        var count: Int? { array.count }
        var isAtEnd: Bool { currentIndex == array.count }
        private var path: [any CodingKey] { codingPath + [PayloadIndex(currentIndex)] }

        private func value(_ type: Any.Type) throws -> JSONValue {
            guard !isAtEnd else {
                throw DecodingError.valueNotFound(
                    type,
                    .init(
                        codingPath: path,
                        debugDescription: "the array has \(array.count) elements only"))
            }
            return array[currentIndex]
        }

        mutating func decodeNil() throws -> Bool {
            guard try value(JSONValue.self) == .null else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            let value = try PayloadDecoder.read(type, from: value(type), at: path)
            currentIndex += 1
            return value
        }

        private mutating func child() throws -> PayloadDecoder {
            defer { currentIndex += 1 }
            return PayloadDecoder(try value(JSONValue.self), path)
        }

        mutating func nestedContainer<NestedKey>(
            keyedBy type: NestedKey.Type
        ) throws -> KeyedDecodingContainer<NestedKey> {
            try child().container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try child().unkeyedContainer()
        }

        mutating func superDecoder() throws -> any Decoder { try child() }
    }

    private struct Single: SingleValueDecodingContainer {
        let value: JSONValue
        let codingPath: [any CodingKey]

        func decodeNil() -> Bool { value == .null }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try PayloadDecoder.read(type, from: value, at: codingPath)
        }
    }
}
