/// A keyed container: entries of its node's map.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodingNode

    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil(forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.writeNil()
    }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        node.beginEntry(key.stringValue)
        try node.writeEntry(value, key: key)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        spliced(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        spliced(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { spliced(PathKey.super) }

    func superEncoder(forKey key: Key) -> any Encoder { spliced(key) }

    private func spliced(_ key: some CodingKey) -> EncodingNode {
        node.beginEntry(key.stringValue)
        return node.spliceChild(key: key)
    }

    // One method for each type that `Codable` names; the compiler picks them without a search.

    func encode(_ value: Bool, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: String, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: Double, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: Float, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: Int, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: Int8, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: Int16, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: Int32, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: Int64, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: UInt, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: UInt8, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: UInt16, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: UInt32, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }

    func encode(_ value: UInt64, forKey key: Key) {
        node.beginEntry(key.stringValue)
        node.writer.write(value)
    }
}
