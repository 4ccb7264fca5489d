internal import MessagePack
internal import Synchronization

/// Buffers of messages that have been sent, for the messages to come.
final class BufferPool: Sendable {
    /// How many buffers wait at most: a few for each thread.
    private static let maxBufferCount = 64
    /// Larger buffers are given back to the system.
    private static let maxBufferByteCount = 64 << 10

    private struct Buffers: @unchecked Sendable {
        // @unchecked Sendable: a buffer in the pool has no other owner; see `give(back:)`.
        var free: [MessageBuffer] = []
    }

    private let buffers = Mutex(Buffers())

    /// An empty buffer.
    func take() -> MessageBuffer {
        let taken = buffers.withLock { Taken(buffer: $0.free.popLast()) }
        return taken.buffer ?? MessageBuffer(minimumCapacity: 1_024)
    }

    /// Keeps a buffer for later unless somebody else still holds it.
    func give(back buffer: consuming MessageBuffer) {
        guard buffer.capacity <= Self.maxBufferByteCount else { return }
        let taken = Taken(buffer: buffer)
        buffers.withLock { buffers in
            guard buffers.free.count < Self.maxBufferCount, let buffer = taken.buffer else {
                return
            }
            buffer.removeAll()
            buffers.free.append(buffer)
        }
    }

    private struct Taken: @unchecked Sendable {
        // @unchecked Sendable: carries a buffer across the lock, to or from its only owner.
        var buffer: MessageBuffer?
    }
}
