// One method for each type that `Codable` names; the compiler picks them without a search.
extension KeyedDecoding {
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readBool() }
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readBool()
        }
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readString() }
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readString()
        }
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readDouble() }
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readDouble()
        }
    }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readFloat() }
    }

    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readFloat()
        }
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }

    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try node.read(type, key) { reader throws(MessagePackError) in try reader.readInteger() }
    }

    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
        try node.readPresent(type, key) { reader throws(MessagePackError) in
            try reader.readInteger()
        }
    }
}
