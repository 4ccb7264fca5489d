/// An unkeyed container: elements of its node's array.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let node: EncodingNode

    var codingPath: [any CodingKey] { node.codingPath }
    var count: Int { node.count }

    func encodeNil() {
        node.beginEntry()
        node.writer.writeNil()
    }

    func encode<Value: Encodable>(_ value: Value) throws {
        node.beginEntry()
        try node.writeEntry(value, key: nil)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        spliced().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        spliced().unkeyedContainer()
    }

    func superEncoder() -> any Encoder { spliced() }

    private func spliced() -> EncodingNode {
        node.beginEntry()
        return node.spliceChild(key: nil)
    }

    // One method for each type that `Codable` names; the compiler picks them without a search.

    func encode(_ value: Bool) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: String) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: Double) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: Float) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: Int) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: Int8) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: Int16) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: Int32) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: Int64) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: UInt) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: UInt8) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: UInt16) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: UInt32) {
        node.beginEntry()
        node.writer.write(value)
    }

    func encode(_ value: UInt64) {
        node.beginEntry()
        node.writer.write(value)
    }
}
