import Cluster
import Foundation
import JSON
import Protocols
import Vectors

extension FuzzTarget {
    /// Any JSON value.
    static let json = FuzzTarget(name: "json") { bytes in
        try checkRoundTrip(
            bytes,
            decode: { bytes in
                try bytes.withUnsafeBytes { bytes in
                    try JSONReader.read(bytes) { reader throws(JSONError) in
                        try value(from: &reader)
                    }
                }
            },
            encode: { value in
                var writer = JSONWriter()
                write(value, to: &writer)
                return writer.bytes
            })
    }

    /// A cluster file; one that is good says the same when it is written out.
    static let clusterFile = FuzzTarget(name: "cluster-file") { bytes in
        let path = NSTemporaryDirectory() + "/vectron-fuzz-\(getpid()).yaml"
        try checkRoundTrip(
            bytes,
            decode: { bytes in
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                return try ClusterFile.load(path: path, environment: [:])
            },
            encode: { Array($0.yaml.utf8) })
    }

    /// The header of a `.npy` file.
    static let npy = FuzzTarget(name: "npy") { bytes in
        let header = try NPYHeader(start: bytes, path: "x.npy")
        precondition(header.byteCount <= bytes.count && header.shape.allSatisfy { $0 >= 0 })
    }

    private static func value(from reader: inout JSONReader) throws(JSONError) -> JSONValue {
        switch try reader.peekKind() {
        case .null:
            _ = try reader.readIfNull()
            return .null
        case .bool: return .bool(try reader.readBool())
        case .number:
            switch try reader.readNumber() {
            case .integer(let integer): return .integer(integer)
            case .double(let double): return .number(double)
            }
        case .string: return .string(try reader.readString())
        case .array:
            var values: [JSONValue] = []
            try reader.readArray(maxCount: 1_000) { (reader, _) throws(JSONError) in
                values.append(try value(from: &reader))
            }
            return .array(values)
        case .object:
            return .object(
                try reader.readObject(maxCount: 1_000) { reader throws(JSONError) in
                    try value(from: &reader)
                })
        }
    }

    private static func write(_ value: JSONValue, to writer: inout JSONWriter) {
        switch value {
        case .null: writer.write(raw: "null")
        case .bool(let bool): writer.write(bool)
        case .integer(let integer): writer.write(integer)
        case .number(let number): writer.write(number)
        case .string(let string): writer.write(string)
        case .array(let values):
            writer.write(raw: "[")
            for (index, value) in values.enumerated() {
                if index > 0 { writer.write(raw: ",") }
                write(value, to: &writer)
            }
            writer.write(raw: "]")
        case .object(let fields):
            writer.write(raw: "{")
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { writer.write(raw: ",") }
                writer.write(field.key)
                writer.write(raw: ":")
                write(field.value, to: &writer)
            }
            writer.write(raw: "}")
        }
    }
}
