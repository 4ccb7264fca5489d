import Foundation
import Primitives
import Testing
import Vectors

/// Writes bytes to a file of its own for as long as `body` runs.
private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("npy-\(UUID().uuidString)")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }  // only a temporary file stays
    try body(url.path)
}

/// A file as NumPy writes it.
private func npy(
    _ text: String, _ elements: [UInt8], version: UInt8 = 1, padded: Bool = true
) -> [UInt8] {
    let prefix = version == 1 ? 10 : 12
    var header = Array(text.utf8)
    if padded {
        while (prefix + header.count + 1) % 64 != 0 { header.append(UInt8(ascii: " ")) }
        header.append(UInt8(ascii: "\n"))
    }
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    bytes += [UInt8(header.count & 0xff), UInt8(header.count >> 8)]
    if version == 2 { bytes += [0, 0] }
    return bytes + header + elements
}

private func dictionary(_ element: String, _ shape: String, order: String = "False") -> String {
    "{'descr': '\(element)', 'fortran_order': \(order), 'shape': \(shape), }"
}

@Suite struct `A npy file` {
    static let floats: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]  // 1, -2

    @Test(arguments: [UInt8(1), 2])
    func `gives its floats`(version: UInt8) throws {
        let bytes = npy(dictionary("<f4", "(2, 1)"), Self.floats, version: version)
        try withFile(bytes) { path in
            let file = try NPYFile(path: path)
            #expect(file.header.shape == [2, 1])
            #expect(try file.floats(rows: 0..<2) == [1, -2])
            #expect(try file.floats(rows: 1..<2) == [-2])
            #expect(try file.floats(rows: 1..<1) == [])
            #expect(throws: NPYError.self) { try file.integers(rows: 0..<1) }
        }
    }

    @Test func `widens half floats and bytes`() throws {
        // 1, -2, the least denormal, infinity
        let halves: [UInt8] = [0, 0x3c, 0, 0xc0, 1, 0, 0, 0x7c]
        try withFile(npy(dictionary("<f2", "(4,)"), halves)) { path in
            let file = try NPYFile(path: path)
            #expect(try file.floats(rows: 0..<4) == [1, -2, 5.960_464_5e-8, .infinity])
        }
        try withFile(npy(dictionary("|u1", "(1, 3)"), [0, 7, 255])) { path in
            let file = try NPYFile(path: path)
            #expect(try file.floats(rows: 0..<1) == [0, 7, 255])
        }
    }

    @Test func `gives its integers, and not as floats`() throws {
        let bytes = npy(dictionary("<i4", "(2,)"), [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff])
        try withFile(bytes) { path in
            let file = try NPYFile(path: path)
            #expect(try file.integers(rows: 0..<2) == [1, -2])
            #expect(throws: NPYError.self) { try file.floats(rows: 0..<1) }
        }
    }

    @Test func `may be empty`() throws {
        for shape in ["(0,)", "(0, 5)", "(5, 0)"] {
            try withFile(npy(dictionary("<f4", shape), [])) { path in
                let file = try NPYFile(path: path)
                #expect(try file.floats(rows: 0..<file.header.rowCount) == [])
            }
        }
    }

    @Test(arguments: [
        dictionary("<f8", "(2,)"), dictionary(">f4", "(2,)"), dictionary("|O", "(2,)"),
        dictionary("", "(2,)"), dictionary("<f4", "(2,)", order: "True"),
        dictionary("<f4", "(2,)", order: "Maybe"), dictionary("<f4", "()"),
        dictionary("<f4", "(1, 1, 2)"), dictionary("<f4", "(2)"), dictionary("<f4", "(-2,)"),
        dictionary("<f4", "(2,"), dictionary("<f4", "(,)"), dictionary("<f4", "(2 3)"),
        dictionary("<f4", "(1,1,1,1,1,1,1,1,1,2)"), dictionary("<f4", "(9223372036854775807,)"),
        dictionary("<f4", "(99999999999999999999,)"),
        dictionary("<f4", "(4611686018427387904, 4)"), dictionary("<f4", "(3,)"),
        dictionary("<f4", "(1,)"), "", "{", "{}", "{'descr': '<f4'}", "{'descr'",
        "{'shape': (2,), 'shape': (2,), 'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x",
        "__import__('os').abort()",
    ])
    func `with a wrong header is refused`(text: String) throws {
        try withFile(npy(text, Self.floats)) { path in
            #expect(throws: NPYError.self) { _ = try NPYFile(path: path) }
        }
    }

    @Test func `cut short anywhere is refused`() throws {
        let whole = npy(dictionary("<f4", "(2,)"), Self.floats)
        for count in 0..<whole.count {
            try withFile(Array(whole.prefix(count))) { path in
                #expect(throws: NPYError.self) { _ = try NPYFile(path: path) }
            }
        }
        try withFile(whole + [0]) { path in
            #expect(throws: NPYError.self) { _ = try NPYFile(path: path) }
        }
    }

    @Test func `of random bytes is refused or read, never a crash`() throws {
        var generator = SeededGenerator(seed: 8)
        let whole = npy(dictionary("<f4", "(2,)"), Self.floats)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 6..<bytes.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? NPYHeader(start: bytes, path: "")  // whether it throws is not the question
        }
    }

    @Test func `says which version it does not know`() throws {
        var bytes = npy(dictionary("<f4", "(2,)"), Self.floats)
        bytes[6] = 3
        #expect(throws: NPYError.unsupportedVersion(path: "a", major: 3, minor: 0)) {
            _ = try NPYHeader(start: bytes, path: "a")
        }
    }

    @Test func `that is not there is named`() {
        #expect(throws: NPYError.unreadable(path: "/nowhere/at.npy", errorNumber: ENOENT)) {
            _ = try NPYFile(path: "/nowhere/at.npy")
        }
    }
}
