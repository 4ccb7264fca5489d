import FoundationEssentials

extension EncodingNode {
    /// Writes a value that is not the node's own: an entry of its container.
    ///
    /// - Parameter key: Where the value stands, asked for only when it gets a node of its own.
    @inline(__always)
    func writeEntry<Value: Encodable>(
        _ value: Value, key: @autoclosure () -> (any CodingKey)?
    ) throws {
        let traits = TypeTraits.of(Value.self)
        if traits.pointee.encoding == .codable {
            try writeChild(value, key: key())
        } else {
            writeKnown(value, traits)
        }
    }

    /// Writes the node's own value.
    func writeSingle<Value: Encodable>(_ value: Value) throws {
        let traits = TypeTraits.of(Value.self)
        if traits.pointee.encoding == .codable {
            try value.encode(to: self)
        } else {
            beginSingle()
            writeKnown(value, traits)
        }
    }

    /// Writes a value of a type that the format or the type itself knows how to write.
    @inline(never)
    private func writeKnown<Value>(_ value: Value, _ traits: UnsafePointer<TypeTraits>) {
        // Each bit cast is between one type and itself: the traits are those of `Value`.
        switch traits.pointee.encoding {
        case .codable: preconditionFailure("\(Value.self) is written by its own encode(to:)")
        case .bool: writer.write(unsafeBitCast(value, to: Bool.self))
        case .int: writer.write(unsafeBitCast(value, to: Int.self))
        case .int8: writer.write(unsafeBitCast(value, to: Int8.self))
        case .int16: writer.write(unsafeBitCast(value, to: Int16.self))
        case .int32: writer.write(unsafeBitCast(value, to: Int32.self))
        case .int64: writer.write(unsafeBitCast(value, to: Int64.self))
        case .uint: writer.write(unsafeBitCast(value, to: UInt.self))
        case .uint8: writer.write(unsafeBitCast(value, to: UInt8.self))
        case .uint16: writer.write(unsafeBitCast(value, to: UInt16.self))
        case .uint32: writer.write(unsafeBitCast(value, to: UInt32.self))
        case .uint64: writer.write(unsafeBitCast(value, to: UInt64.self))
        case .float: writer.write(unsafeBitCast(value, to: Float.self))
        case .double: writer.write(unsafeBitCast(value, to: Double.self))
        case .string: writer.write(unsafeBitCast(value, to: String.self))
        case .floats: writer.write(unsafeBitCast(value, to: [Float].self))
        case .bytes: writer.write(unsafeBitCast(value, to: [UInt8].self))
        case .data: writer.write(unsafeBitCast(value, to: Data.self))
        case .direct:
            guard let type = traits.pointee.encodable else { return }
            withUnsafePointer(to: value) { writeDirect(UnsafeRawPointer($0), as: type) }
        }
    }

    private func writeDirect<Value: MessagePackEncodable>(
        _ value: UnsafeRawPointer, as type: Value.Type
    ) {
        // A copy writes to the same buffer.
        var writer = writer
        value.assumingMemoryBound(to: type).pointee.encode(to: &writer)
    }
}
