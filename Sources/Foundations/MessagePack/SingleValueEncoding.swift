/// A single-value container: its node's only value.
struct SingleValueEncoding: SingleValueEncodingContainer {
    let node: EncodingNode

    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil() {
        node.beginSingle()
        node.writer.writeNil()
    }

    func encode<Value: Encodable>(_ value: Value) throws {
        try node.writeSingle(value)
    }

    // One method for each type that `Codable` names; the compiler picks them without a search.

    func encode(_ value: Bool) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: String) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: Double) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: Float) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: Int) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: Int8) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: Int16) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: Int32) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: Int64) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: UInt) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: UInt8) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: UInt16) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: UInt32) {
        node.beginSingle()
        node.writer.write(value)
    }

    func encode(_ value: UInt64) {
        node.beginSingle()
        node.writer.write(value)
    }
}
