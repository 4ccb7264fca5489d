import JSON
import Primitives
import Testing

/// Reads all of a text.
private func read<Value>(
    _ text: String, _ body: (inout JSONReader) throws(JSONError) -> Value
) throws(JSONError) -> Value {
    var result: Result<Value, JSONError>?
    Array(text.utf8).withUnsafeBytes { bytes in
        result = Result { () throws(JSONError) in try JSONReader.read(bytes, body) }
    }
    guard let result else { preconditionFailure("the bytes were not lent") }
    return try result.get()
}

private func skip(_ reader: inout JSONReader) throws(JSONError) {
    switch try reader.peekKind() {
    case .null: _ = try reader.readIfNull()
    case .bool: _ = try reader.readBool()
    case .number: _ = try reader.readNumber()
    case .string: _ = try reader.readString()
    case .array:
        try reader.readArray(maxCount: .max) { (reader, _) throws(JSONError) in try skip(&reader) }
    case .object:
        _ = try reader.readObject(maxCount: .max) { (reader) throws(JSONError) in
            try skip(&reader)
        }
    }
}

@Suite struct `A JSON reader` {
    @Test(arguments: [
        "", " ", "\u{FEFF}1", "01", "1.", ".5", "-", "+1", "1e", "1e+", "NaN", "Infinity",
        "-Infinity",
        "nul", "truE", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "\"", "\"\\x\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\n\"", "1 2", "[", "{",
        "'a'", "// x\n1", "{\"a\":1,\"a\":2}", "1e400", "-1e400", "[1]]",
    ])
    func `refuses what is no JSON`(text: String) {
        #expect(throws: JSONError.self) { try read(text, skip) }
    }

    @Test func `refuses a string that is not UTF-8`() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ] {
            #expect(throws: JSONError.self) {
                try bytes.withUnsafeBytes { bytes in try JSONReader.read(bytes, skip) }
            }
        }
    }

    @Test func `refuses what is too deep, of any depth, without using the stack`() throws {
        let depth = JSONReader.maxDepth
        try read(String(repeating: "[", count: depth) + String(repeating: "]", count: depth), skip)
        let deep = String(repeating: "[", count: 10_000)
        let error = try #require(throws: JSONError.self) { try read(deep, skip) }
        #expect(error.kind == .limit)
        #expect(throws: JSONError.self) {
            try read(String(repeating: "{\"a\":", count: 10_000), skip)
        }
    }

    @Test func `reads strings with escapes`() throws {
        let text = #""a\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00ä😀""#
        let string = try read(text) { (reader) throws(JSONError) in try reader.readString() }
        #expect(string == "a\"\\/\u{8}\u{c}\n\r\tä😀ä😀")
    }

    @Test func `reads whole numbers that fit, and says what fits`() throws {
        #expect(
            try read("-9223372036854775808") { (reader) throws(JSONError) in
                try reader.readInteger(in: Int64.min...Int64.max)
            } == .min)
        #expect(
            try read("18446744073709551615") { (reader) throws(JSONError) in
                try reader.readInteger(in: UInt64.min...UInt64.max)
            } == .max)
        for text in [
            "0", "101", "-1", "1.0", "1e1", "2147483648", "9223372036854775808", "1e400",
            "99999999999999999999999",
        ] {
            let error = try #require(throws: JSONError.self) {
                try read(text) { (reader) throws(JSONError) in try reader.readInteger(in: 1...100) }
            }
            #expect(error.reason.contains("from 1 to 100"), "\(text): \(error)")
        }
    }

    @Test func `names the path of what is wrong`() throws {
        let text = #"{"points": [{"id": 1, "vector": [1, 2]}, {"id": 2, "vector": [1, "x"]}]}"#
        let error = try #require(throws: JSONError.self) {
            try read(text) { (reader) throws(JSONError) in
                try reader.readObject(fields: ["points"]) { (reader, _) throws(JSONError) in
                    try reader.readArray(maxCount: 10) { (reader, _) throws(JSONError) in
                        try reader.readObject(fields: ["id", "vector"]) {
                            (reader, index) throws(JSONError) in
                            if index == 0 {
                                let _: Int = try reader.readInteger()
                            } else {
                                _ = try reader.readFloats(maxCount: 10)
                            }
                        }
                    }
                }
            }
        }
        #expect(error.path == "points[1].vector[1]")
        #expect(error.kind == .value)
    }

    @Test func `refuses fields that nobody reads, and misses those that must be there`() throws {
        func fields(_ text: String) throws(JSONError) {
            try read(text) { (reader) throws(JSONError) in
                try reader.readObject(fields: ["a", "b"], required: ["a"]) {
                    (reader, _) throws(JSONError) in _ = try reader.readBool()
                }
            }
        }
        try fields(#"{"a": true}"#)
        let unknown = try #require(throws: JSONError.self) { try fields(#"{"c": true}"#) }
        #expect(unknown.kind == .unknownField && unknown.path == "c")
        let missing = try #require(throws: JSONError.self) { try fields(#"{"b": true}"#) }
        #expect(missing.kind == .missingField && missing.path == "a")
        let twice = try #require(throws: JSONError.self) { try fields(#"{"a":true,"a":true}"#) }
        #expect(twice.kind == .duplicateField)
    }

    @Test func `reads every float as the nearest one`() throws {
        var generator = SeededGenerator(seed: 7)
        var texts = [
            "0", "-0", "1e-45", "1.4e-45", "3.4028234663852886e38", "3.4028235e38", "1e-10", "0.1",
            // The middle between two floats, and its neighbours.
            "16777217", "16777217.0000000001", "16777216.9999999999", "1.00000005960464477539",
            "0.000000000000000000000000000001", "123456789012345678901234567890",
        ]
        for _ in 0..<20_000 {
            let word = generator.next()
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: word))
            if float.isFinite {
                texts.append("\(float)")
                texts.append("\(Double(float))")
            }
            let double = Double(truncatingIfNeeded: word) / 9.3e18
            texts.append("\(double)")
            texts.append("\(Float(double))")
            // Near the middle between two floats: where rounding twice goes wrong.
            let near = Float(double)
            texts.append("\((Double(near) + Double(near.nextUp)) / 2)")
        }
        for text in texts {
            let float = try read(text) { (reader) throws(JSONError) in try reader.readFloat() }
            #expect(float.bitPattern == Float(text)?.bitPattern, "\(text)")
            let double = try read(text) { (reader) throws(JSONError) in try reader.readDouble() }
            #expect(double == Double(text), "\(text)")
        }
    }

    @Test(arguments: ["1e39", "-3.5e38", "1e400"])
    func `refuses a float that is none`(text: String) {
        #expect(throws: JSONError.self) {
            try read(text) { (reader) throws(JSONError) in try reader.readFloat() }
        }
    }

    @Test func `survives every cut and every changed byte`() throws {
        let text = Array(#"{"a":[1,-2.5e3,"xä\u00e4",true,null],"b":{"c":false}}"#.utf8)
        for end in 0..<text.count {
            #expect(throws: JSONError.self) {
                try text[..<end].withUnsafeBytes { bytes in try JSONReader.read(bytes, skip) }
            }
        }
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
            // Whatever comes, it ends without a trap.
            _ = try? bytes.withUnsafeBytes { bytes in try JSONReader.read(bytes, skip) }
        }
    }
}

extension Double {
    fileprivate init(truncatingIfNeeded word: UInt64) {
        self.init(Int64(truncatingIfNeeded: word))
    }
}

@Suite struct `A JSON writer` {
    @Test func `writes what is read again`() throws {
        var writer = JSONWriter()
        writer.write("a\"\\\n\u{1}ä😀\u{7f}")
        let text = String(decoding: writer.bytes, as: UTF8.self)
        #expect(text == #""a\"\\\n\u0001ä😀\u007f""#)
        #expect(
            try read(text) { (reader) throws(JSONError) in try reader.readString() }
                == "a\"\\\n\u{1}ä😀\u{7f}")
        writer = JSONWriter()
        writer.write([0.1, -1e-30, .infinity, 16_777_216])
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "[0.1,-1e-30,null,16777216.0]")
    }
}
