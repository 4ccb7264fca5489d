/// A keyed container: entries of its node's map.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let node: DecodingNode

    var codingPath: [any CodingKey] { node.codingPath }

    var allKeys: [Key] {
        // Bytes that cannot be read have no keys; reading a value says what is wrong.
        ((try? node.keys()) ?? []).compactMap { Key(stringValue: $0) }
    }

    func contains(_ key: Key) -> Bool {
        // Bytes that cannot be read do not contain it; reading a value says what is wrong.
        ((try? node.find(key.stringValue)) ?? nil) != nil
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        guard let place = try node.place(of: key, as: Any?.self) else { throw node.missing(key) }
        node.context.reader.position = place.valueOffset
        let isNil = node.context.reader.readIfNil()
        if isNil && place.isNext { node.pass(to: node.context.reader.position) }
        return isNil
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try node.readAny(type, key)
    }

    func decodeIfPresent<Value: Decodable>(
        _ type: Value.Type, forKey key: Key
    ) throws -> Value? {
        try node.readAnyPresent(type, key)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try child(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try child(PathKey.super) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }

    /// The node of an entry that may be read in any order, so that it is passed over at once.
    private func child(_ key: some CodingKey) throws -> DecodingNode {
        guard let place = try node.place(of: key, as: Any.self) else { throw node.missing(key) }
        if place.isNext {
            do {
                node.pass(to: try node.skip(at: place.valueOffset))
            } catch {
                throw node.failure(error, as: Any.self, key: key)
            }
        }
        return node.child(at: place.valueOffset, key: key)
    }
}
