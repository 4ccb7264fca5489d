// Containers of directly coded values are coded directly themselves, as `Codable` would write them.
// The scalars do not conform: `[Float]` and `[UInt8]` must stay binary.

extension Array: MessagePackEncodable where Element: MessagePackEncodable {
    /// Writes an array of the elements.
    @inlinable
    public func encode(to writer: inout MessagePackWriter) {
        writer.writeArrayHeader(count: count)
        for element in self { element.encode(to: &writer) }
    }
}

extension Array: MessagePackDecodable where Element: MessagePackDecodable {
    /// Reads an array of elements.
    @inlinable
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        self = try reader.nested { reader throws(MessagePackError) in
            let count = try reader.readArrayHeader()
            var elements: [Element] = []
            elements.reserveCapacity(Swift.min(count, MessagePackLimits.reservedElements))
            for _ in 0..<count { elements.append(try Element(from: &reader)) }
            return elements
        }
    }
}

extension Optional: MessagePackEncodable where Wrapped: MessagePackEncodable {
    /// Writes the value or nil.
    @inlinable
    public func encode(to writer: inout MessagePackWriter) {
        if let self { self.encode(to: &writer) } else { writer.writeNil() }
    }
}

extension Optional: MessagePackDecodable where Wrapped: MessagePackDecodable {
    /// Reads a value or nil.
    @inlinable
    public init(from reader: inout MessagePackReader) throws(MessagePackError) {
        self = reader.readIfNil() ? nil : .some(try Wrapped(from: &reader))
    }
}
