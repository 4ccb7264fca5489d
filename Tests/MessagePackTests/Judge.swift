import CMessagePack
import MessagePack

/// libmsgpack's unpacker, which has the last word on what bytes mean.
enum Judge {
    enum Verdict: Equatable {
        case value(MessagePackValue, byteCount: Int)
        /// Nested deeper than the unpacker's own limit of 32.
        case tooDeep
        case rejected
    }

    /// Unpacks the first value of `bytes`.
    static func unpack(_ bytes: [UInt8]) -> Verdict {
        var unpacked = msgpack_unpacked()
        msgpack_unpacked_init(&unpacked)
        defer { msgpack_unpacked_destroy(&unpacked) }
        var offset = 0
        let code = bytes.withUnsafeBytes {
            msgpack_unpack_next(
                &unpacked, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, &offset)
        }
        switch code {
        case MSGPACK_UNPACK_SUCCESS: return .value(value(unpacked.data), byteCount: offset)
        case MSGPACK_UNPACK_NOMEM_ERROR: return .tooDeep
        default: return .rejected
        }
    }

    private static func value(_ object: msgpack_object) -> MessagePackValue {
        switch object.type {
        case MSGPACK_OBJECT_NIL: .nil
        case MSGPACK_OBJECT_BOOLEAN: .bool(object.via.boolean)
        case MSGPACK_OBJECT_POSITIVE_INTEGER:
            Int64(exactly: object.via.u64).map { .integer($0) } ?? .unsigned(object.via.u64)
        case MSGPACK_OBJECT_NEGATIVE_INTEGER: .integer(object.via.i64)
        case MSGPACK_OBJECT_FLOAT32: .float(Float(object.via.f64))
        case MSGPACK_OBJECT_FLOAT64: .double(object.via.f64)
        case MSGPACK_OBJECT_STR:
            // The judge does not look at the text; ours is repaired here and compared as bytes.
            .string(
                String(decoding: bytes(object.via.str.ptr, object.via.str.size), as: UTF8.self))
        case MSGPACK_OBJECT_BIN: .binary(bytes(object.via.bin.ptr, object.via.bin.size))
        case MSGPACK_OBJECT_ARRAY:
            .array(
                UnsafeBufferPointer(start: object.via.array.ptr, count: Int(object.via.array.size))
                    .map(value))
        case MSGPACK_OBJECT_MAP:
            .map(
                UnsafeBufferPointer(start: object.via.map.ptr, count: Int(object.via.map.size))
                    .map { MessagePackValue.Pair(value($0.key), value($0.val)) })
        case MSGPACK_OBJECT_EXT:
            .extension(
                type: object.via.ext.type, bytes: bytes(object.via.ext.ptr, object.via.ext.size))
        default: preconditionFailure("libmsgpack returned type \(object.type)")
        }
    }

    private static func bytes(_ start: UnsafePointer<CChar>?, _ count: UInt32) -> [UInt8] {
        [UInt8](UnsafeRawBufferPointer(start: start, count: Int(count)))
    }
}
