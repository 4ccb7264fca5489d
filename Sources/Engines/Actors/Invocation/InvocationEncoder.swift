public import Distributed
internal import MessagePack

/// Records a call: its arguments are encoded at once, behind room for the header that comes last.
public struct InvocationEncoder: DistributedTargetInvocationEncoder {
    /// What arguments must be.
    public typealias SerializationRequirement = any Codable

    /// Room for a header without tracing; a longer one is put before a copy of the arguments.
    static let headerRoom = 256

    private let writer: MessagePackWriter
    private(set) var argumentCount = 0
    private(set) var substitutions: [any Any.Type] = []
    private let userInfo: [CodingUserInfoKey: any Sendable]

    init(buffer: MessageBuffer, userInfo: [CodingUserInfoKey: any Sendable]) {
        writer = MessagePackWriter(
            buffer: buffer, attachmentThreshold: Self.attachmentThreshold)
        self.userInfo = userInfo
        withUnsafeTemporaryAllocation(byteCount: Self.headerRoom, alignment: 1) { room in
            room.initializeMemory(as: UInt8.self, repeating: 0)
            buffer.append(UnsafeRawBufferPointer(room))
        }
    }

    /// Records what stands for a generic parameter of the target.
    public mutating func recordGenericSubstitution<Type>(_ type: Type.Type) throws {
        // The runtime of Swift 6.3 crashes in the callee when a contract's method is generic
        // itself, so such a call must not leave.
        if let first = substitutions.first, first is any DistributedActor.Type {
            throw ActorSystemError.targetRefused(
                target: "a generic method of \(first)", actor: ActorID(node: "", name: ""),
                reason: """
                    a contract's methods cannot be generic; make the contract or the actor generic, \
                    or give the method a concrete type
                    """)
        }
        substitutions.append(type)
    }

    // The optimiser of Swift 6.3 crashes when it specialises this function for another module.
    /// Encodes an argument.
    @_semantics("optimize.sil.specialize.generic.never")
    public mutating func recordArgument<Value: Codable>(
        _ argument: RemoteCallArgument<Value>
    ) throws {
        var writer = writer
        try MessagePackEncoder(userInfo: userInfo).encode(argument.value, into: &writer)
        argumentCount += 1
    }

    /// From how many bytes on a binary is not copied into the message: below, a copy is cheaper
    /// than a frame.
    static let attachmentThreshold = 64 << 10

    /// Errors are found by name when they come back.
    public mutating func recordErrorType<Failure: Error>(_ type: Failure.Type) throws {}
    /// The caller knows what it wants back.
    public mutating func recordReturnType<Success: Codable>(_ type: Success.Type) throws {}
    /// Nothing is left to do.
    public mutating func doneRecording() throws {}

    /// Puts the header before the arguments: it is written behind them and moved.
    func message(header: RequestHeader) -> OutboundMessage {
        let end = writer.buffer.count
        var writer = writer
        header.encode(to: &writer)
        let count = writer.buffer.count - end
        let bytes = UnsafeRawBufferPointer(rebasing: writer.buffer.bytes[end...])
        guard count <= Self.headerRoom else {
            let whole = MessageBuffer(minimumCapacity: writer.buffer.count)
            whole.append(bytes)
            whole.append(
                UnsafeRawBufferPointer(
                    rebasing: writer.buffer.bytes[Self.headerRoom..<end]))
            return OutboundMessage(buffer: whole, attachments: writer.attachments)
        }
        let offset = Self.headerRoom - count
        writer.buffer.overwrite(bytes, at: offset)
        writer.buffer.truncate(to: end)
        return OutboundMessage(
            buffer: writer.buffer, offset: offset, attachments: writer.attachments)
    }
}
