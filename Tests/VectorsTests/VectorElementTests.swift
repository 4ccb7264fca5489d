import Primitives
import Testing
import Vectors

@Suite struct `A vector element` {
    /// What is read of values that were stored.
    private func stored(_ values: [Float], _ element: VectorElement) throws -> [Float] {
        let store = try VectorStore(dimension: values.count, element: element, capacity: 1)
        try values.withUnsafeBufferPointer { try store.write($0, at: 0) }
        return store.read(0)
    }

    private var allHalves: [Float16] { (UInt16.min...UInt16.max).map { Float16(bitPattern: $0) } }

    /// Floats of every exponent and sign, with their neighbours, in ascending order.
    private var manyFloats: [Float] {
        var generator = SeededGenerator(seed: 7)
        var floats: [Float] = []
        for exponent in UInt32(0)..<255 {
            for _ in 0..<20 {
                let mantissa = UInt32(truncatingIfNeeded: generator.next()) & 0x7f_ffff
                floats.append(Float(bitPattern: exponent << 23 | mantissa))
                // A tie of 8 bits, and what is just below and above it.
                let tie = exponent << 23 | mantissa & 0x7f_ff00 | 0x80
                floats += [tie - 1, tie, tie + 1].map { Float(bitPattern: $0) }
            }
        }
        floats += [0, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
        floats += floats.map { -$0 }
        return floats.sorted()
    }

    @Test func `float32 keeps every float`() throws {
        let floats = manyFloats
        let bits = try stored(floats, .float32).map(\.bitPattern)
        #expect(bits == floats.map(\.bitPattern))
    }

    @Test func `float16 keeps every half`() throws {
        let halves = allHalves.filter(\.isFinite)
        let found = try stored(halves.map { Float($0) }, .float16)
        #expect(found.map(\.bitPattern) == halves.map { Float($0).bitPattern })
    }

    @Test func `float16 rounds to the nearest half, ties to the even one`() throws {
        let halves = (UInt16(0)..<0x7c00).map { Float(Float16(bitPattern: $0)) }
        let ties = zip(halves, halves.dropFirst()).map { ($0 + $1) / 2 }
        for floats in [ties, ties.map(\.nextUp), ties.map(\.nextDown), ties.map { -$0 }] {
            let found = try stored(floats, .float16)
            #expect(found.map(\.bitPattern) == floats.map { Float(Float16($0)).bitPattern })
        }
        let floats = manyFloats.filter { $0.magnitude <= 65_504 }
        let found = try stored(floats, .float16)
        #expect(found.map(\.bitPattern) == floats.map { Float(Float16($0)).bitPattern })
    }

    @Test func `float24 is the nearest float of 24 bits, ties to the even one, and monotone`()
        throws
    {
        let floats = manyFloats
        let found = try stored(floats, .float24)
        for (float, rounded) in zip(floats, found) {
            #expect(rounded.bitPattern & 0xff == 0)
            #expect(rounded.sign == float.sign)
            let error = abs(Double(rounded) - Double(float))
            if float.isNormal, rounded.magnitude.bitPattern != 0x7f7f_ff00 {
                #expect(error <= Double(float.magnitude) * 0x1p-16)
            }
            if rounded.magnitude.bitPattern != 0x7f7f_ff00 {
                // At most half of what the last bit stands for, and that only at ties.
                let step = Double(Float(bitPattern: rounded.magnitude.bitPattern + 0x100).ulp) * 256
                #expect(error <= step / 2)
                #expect(error < step / 2 || rounded.bitPattern & 0x100 == 0)
            }
        }
        for (lower, upper) in zip(found, found.dropFirst()) { #expect(lower <= upper) }
        #expect(try stored(found, .float24).map(\.bitPattern) == found.map(\.bitPattern))
    }

    @Test func `uint8 keeps the whole numbers from 0 to 255`() throws {
        let numbers = (0...255).map { Float($0) }
        #expect(try stored(numbers, .uint8) == numbers)
    }

    @Test(arguments: VectorElement.allCases)
    func `keeps finite what is finite, and the nearest of what it refuses`(
        element: VectorElement
    ) throws {
        let largest = Float.greatestFiniteMagnitude
        let found = try stored([largest, -largest], element)
        switch element {
        case .float32: #expect(found == [largest, -largest])
        case .float24:
            let rounded = Float(bitPattern: 0x7f7f_ff00)
            #expect(found == [rounded, -rounded])
        case .float16: #expect(found == [65_504, -65_504])
        case .uint8: #expect(found == [255, 0])
        }
    }

    @Test func `float16 refuses what is outside its range`() throws {
        try VectorElement.float16.validate([65_504, -65_504, 1e-30, 0.1])
        #expect(
            throws: VectorError.notRepresentable(position: 1, value: -65_505, element: .float16)
        ) { try VectorElement.float16.validate([1, -65_505, 70_000]) }
    }

    @Test(arguments: [Float(-1), 0.5, 255.5, 256, -0.001, .greatestFiniteMagnitude])
    func `uint8 refuses all but the whole numbers from 0 to 255`(value: Float) throws {
        try VectorElement.uint8.validate([0, 255, 1])
        #expect(
            throws: VectorError.notRepresentable(position: 2, value: value, element: .uint8)
        ) { try VectorElement.uint8.validate([0, 255, value, -3]) }
    }

    @Test func `says which number it cannot hold, and why`() {
        let half = VectorError.notRepresentable(position: 3, value: 1e6, element: .float16)
        #expect(half.description.contains("component 3") && half.description.contains("float16"))
        let byte = VectorError.notRepresentable(position: 0, value: 0.5, element: .uint8)
        #expect(byte.description.contains("whole numbers 0 to 255"))
    }

    @Test func `supports every metric, but for whole numbers under cosine`() {
        for metric in Metric.allCases {
            for element in VectorElement.allCases {
                #expect(element.supports(metric) == !(element == .uint8 && metric == .cosine))
            }
        }
    }

    @Test func `keeps its names, which are stored`() {
        #expect(
            VectorElement.allCases.map(\.rawValue) == ["float32", "float24", "float16", "uint8"])
    }
}
