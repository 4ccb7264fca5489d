/// Reads the text of a `.npy` header: the one dictionary that NumPy writes, nothing else of Python.
struct NPYHeaderParser {
    struct Fields {
        var element = ""
        var isFortranOrder = false
        var shape: [Int] = []
    }

    private let bytes: ArraySlice<UInt8>
    private let path: String
    private var offset: Int

    /// The most dimensions that are read before the shape is refused.
    private static let maximumDimensionCount = 8

    init(bytes: ArraySlice<UInt8>, path: String) {
        self.bytes = bytes
        self.path = path
        offset = bytes.startIndex
    }

    mutating func fields() throws(NPYError) -> Fields {
        var fields = Fields()
        var missing: Set<String> = ["descr", "fortran_order", "shape"]
        try expect("{")
        while !missing.isEmpty {
            let keyOffset = offset
            let key = try string()
            guard missing.remove(key) != nil else {
                throw malformed("one of \(missing.sorted())", at: keyOffset)
            }
            try expect(":")
            switch key {
            case "descr": fields.element = try string()
            case "fortran_order": fields.isFortranOrder = try boolean()
            default: fields.shape = try tuple()
            }
            if !accept(",") && !missing.isEmpty { throw malformed("','", at: offset) }
        }
        try expect("}")
        skipSpaces()
        guard offset == bytes.endIndex - 1, bytes[offset] == UInt8(ascii: "\n") else {
            throw malformed("a line feed as the last byte", at: offset)
        }
        return fields
    }

    private func malformed(_ expected: String, at offset: Int) -> NPYError {
        .headerMalformed(path: path, offset: offset, expected: expected)
    }

    private mutating func skipSpaces() {
        while offset < bytes.endIndex, bytes[offset] == UInt8(ascii: " ") { offset += 1 }
    }

    private mutating func accept(_ text: StaticString) -> Bool {
        skipSpaces()
        let found = text.withUTF8Buffer { bytes[offset...].starts(with: $0) }
        if found { offset += text.utf8CodeUnitCount }
        return found
    }

    private mutating func expect(_ text: StaticString) throws(NPYError) {
        if !accept(text) { throw malformed("'\(text)'", at: offset) }
    }

    private mutating func string() throws(NPYError) -> String {
        try expect("'")
        let quote = UInt8(ascii: "'")
        guard let end = bytes[offset...].firstIndex(of: quote) else {
            throw malformed("a closing quote", at: bytes.endIndex)
        }
        defer { offset = end + 1 }
        return String(decoding: bytes[offset..<end], as: UTF8.self)
    }

    private mutating func boolean() throws(NPYError) -> Bool {
        if accept("True") { return true }
        if accept("False") { return false }
        throw malformed("True or False", at: offset)
    }

    private mutating func tuple() throws(NPYError) -> [Int] {
        var sizes: [Int] = []
        try expect("(")
        while !accept(")") {
            guard sizes.count < Self.maximumDimensionCount else {
                throw malformed("at most \(Self.maximumDimensionCount) sizes", at: offset)
            }
            sizes.append(try integer())
            if !accept(",") {
                // (3) is a number in Python, (3,) a tuple.
                guard sizes.count > 1 else { throw malformed("','", at: offset) }
                try expect(")")
                break
            }
        }
        return sizes
    }

    private mutating func integer() throws(NPYError) -> Int {
        skipSpaces()
        let start = offset
        var value = 0
        while offset < bytes.endIndex,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset])
        {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = tens.addingReportingOverflow(Int(bytes[offset] - UInt8(ascii: "0")))
            if overflow || carry { throw malformed("a number below 2^63", at: start) }
            value = next
            offset += 1
        }
        if offset == start { throw malformed("a number", at: start) }
        return value
    }
}
