import GRPCCore

/// The message is its own encoding: the least work that gRPC allows, one copy each way.
struct RawBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) -> Bytes {
        Bytes(message)
    }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) -> [UInt8] {
        bytes.withUnsafeBytes { [UInt8]($0) }
    }
}

extension MethodDescriptor {
    static let echo = MethodDescriptor(fullyQualifiedService: "bench.Echo", method: "Echo")
}
