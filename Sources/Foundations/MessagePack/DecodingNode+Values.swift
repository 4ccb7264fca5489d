import FoundationEssentials

extension DecodingNode {
    /// Reads the value of `key` by `body`, which leaves the reader behind it.
    ///
    /// - Returns: nil if there is no such key, or if its value is nil.
    @inline(__always)
    func readPresent<Key: CodingKey, Value>(
        _ type: Value.Type, _ key: Key,
        _ body: (inout MessagePackReader) throws(MessagePackError) -> Value
    ) throws -> Value? {
        do throws(MessagePackError) {
            guard let place = try find(key.stringValue) else { return nil }
            context.reader.position = place.valueOffset
            let value: Value? = context.reader.readIfNil() ? nil : try body(&context.reader)
            if place.isNext { pass(to: context.reader.position) }
            return value
        } catch {
            throw failure(error, as: type, key: key)
        }
    }

    /// Reads the value of `key`, which must be there.
    @inline(__always)
    func read<Key: CodingKey, Value>(
        _ type: Value.Type, _ key: Key,
        _ body: (inout MessagePackReader) throws(MessagePackError) -> Value
    ) throws -> Value {
        do throws(MessagePackError) {
            if let place = try find(key.stringValue) {
                context.reader.position = place.valueOffset
                let value = try body(&context.reader)
                if place.isNext { pass(to: context.reader.position) }
                return value
            }
        } catch {
            throw failure(error, as: type, key: key)
        }
        throw missing(key)
    }

    /// Reads a value of any type for `key`, which must be there.
    func readAny<Key: CodingKey, Value: Decodable>(
        _ type: Value.Type, _ key: Key
    ) throws -> Value {
        guard let place = try place(of: key, as: type) else { throw missing(key) }
        let (value, end) = try readValue(type, at: place.valueOffset, key: key)
        if place.isNext { pass(to: end) }
        return value
    }

    /// Reads a value of any type for `key` if it is there and not nil.
    func readAnyPresent<Key: CodingKey, Value: Decodable>(
        _ type: Value.Type, _ key: Key
    ) throws -> Value? {
        guard let place = try place(of: key, as: type) else { return nil }
        context.reader.position = place.valueOffset
        if context.reader.readIfNil() {
            if place.isNext { pass(to: context.reader.position) }
            return nil
        }
        let (value, end) = try readValue(type, at: place.valueOffset, key: key)
        if place.isNext { pass(to: end) }
        return value
    }

    /// Finds `key`, with errors in `Codable`'s terms.
    func place(of key: some CodingKey, as type: Any.Type) throws -> Place? {
        do {
            return try find(key.stringValue)
        } catch {
            throw failure(error, as: type, key: key)
        }
    }

    @inline(never)
    func missing(_ key: some CodingKey) -> DecodingError {
        .keyNotFound(
            key,
            DecodingError.Context(
                codingPath: codingPath,
                debugDescription:
                    "the map at offset \(start) has no key \(key.stringValue); add it"))
    }

    /// Notes that the next entry was passed and ends at `offset`.
    @inline(__always)
    func pass(to offset: Int) {
        scannedCount += 1
        scannedOffset = offset
    }

    /// Reads a value of any type at `offset`.
    @inline(__always)
    func readValue<Value: Decodable>(
        _ type: Value.Type, at offset: Int, key: @autoclosure () -> any CodingKey
    ) throws -> (Value, Int) {
        let traits = TypeTraits.of(type)
        if traits.pointee.decoding == .codable {
            return try readChild(type, at: offset, key: key())
        }
        context.reader.position = offset
        do {
            let value = try readKnown(type, traits)
            return (value, context.reader.position)
        } catch {
            throw failure(error, as: type, key: key())
        }
    }

    /// Reads the node's own value.
    func readSingle<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let traits = TypeTraits.of(type)
        if traits.pointee.decoding == .codable { return try Value(from: self) }
        context.reader.position = start
        do {
            let value = try readKnown(type, traits)
            valueEnd = context.reader.position
            return value
        } catch {
            throw failure(error, as: type, key: nil)
        }
    }

    /// Reads a value of a type that the format or the type itself knows how to read.
    @inline(never)
    private func readKnown<Value>(
        _ type: Value.Type, _ traits: UnsafePointer<TypeTraits>
    ) throws(MessagePackError) -> Value {
        // Each bit cast is between one type and itself: the traits are those of `Value`.
        switch traits.pointee.decoding {
        case .codable: preconditionFailure("\(type) is read by its own init(from:)")
        case .bool: unsafeBitCast(try context.reader.readBool(), to: type)
        case .int: unsafeBitCast(try context.reader.readInteger(Int.self), to: type)
        case .int8: unsafeBitCast(try context.reader.readInteger(Int8.self), to: type)
        case .int16: unsafeBitCast(try context.reader.readInteger(Int16.self), to: type)
        case .int32: unsafeBitCast(try context.reader.readInteger(Int32.self), to: type)
        case .int64: unsafeBitCast(try context.reader.readInteger(Int64.self), to: type)
        case .uint: unsafeBitCast(try context.reader.readInteger(UInt.self), to: type)
        case .uint8: unsafeBitCast(try context.reader.readInteger(UInt8.self), to: type)
        case .uint16: unsafeBitCast(try context.reader.readInteger(UInt16.self), to: type)
        case .uint32: unsafeBitCast(try context.reader.readInteger(UInt32.self), to: type)
        case .uint64: unsafeBitCast(try context.reader.readInteger(UInt64.self), to: type)
        case .float: unsafeBitCast(try context.reader.readFloat(), to: type)
        case .double: unsafeBitCast(try context.reader.readDouble(), to: type)
        case .string: unsafeBitCast(try context.reader.readString(), to: type)
        case .floats: unsafeBitCast(try context.reader.readFloats(), to: type)
        case .bytes: unsafeBitCast(try context.reader.readBytes(), to: type)
        case .data: unsafeBitCast(try context.reader.readData(), to: type)
        case .direct:
            if let direct = traits.pointee.decodable {
                try readDirect(direct, as: type)
            } else {
                preconditionFailure("\(type) has no direct form")
            }
        }
    }

    private func readDirect<Direct: MessagePackDecodable, Value>(
        _ direct: Direct.Type, as type: Value.Type
    ) throws(MessagePackError) -> Value {
        context.reader.nesting = nestingInside
        defer { context.reader.nesting = context.depth }
        return unsafeBitCast(try Direct(from: &context.reader), to: type)
    }
}
