public import Distributed
internal import MessagePack

/// Reads the arguments of a call from the message that brought it.
public struct InvocationDecoder: DistributedTargetInvocationDecoder {
    /// What arguments must be.
    public typealias SerializationRequirement = any Codable

    private var reader: MessagePackReader
    private var argumentCount: Int
    private let substitutions: [any Any.Type]
    private let userInfo: [CodingUserInfoKey: any Sendable]
    // Keeps the bytes alive that the reader points into.
    private let message: InboundMessage

    /// Reads `argumentCount` arguments that begin at `offset` of the message.
    init(
        message: InboundMessage, offset: Int, argumentCount: Int, substitutions: [any Any.Type],
        userInfo: [CodingUserInfoKey: any Sendable]
    ) {
        self.message = message
        self.argumentCount = argumentCount
        self.substitutions = substitutions
        self.userInfo = userInfo
        reader = MessagePackReader(
            bytes: UnsafeRawBufferPointer(rebasing: message.bytes[offset...]),
            attachments: message.attachments)
    }

    /// The types that stand for the target's generic parameters, all from the allow-list.
    public mutating func decodeGenericSubstitutions() throws -> [any Any.Type] { substitutions }

    /// The next argument.
    public mutating func decodeNextArgument<Argument: Codable>() throws -> Argument {
        guard argumentCount > 0 else { throw InvocationMismatch(reason: "an argument is missing") }
        argumentCount -= 1
        do {
            return try MessagePackDecoder(userInfo: userInfo).decode(Argument.self, from: &reader)
        } catch {
            throw InvocationMismatch(reason: "\(error)")
        }
    }

    /// Errors carry their own type's name.
    public mutating func decodeErrorType() throws -> (any Any.Type)? { nil }
    /// The callee knows what it returns.
    public mutating func decodeReturnType() throws -> (any Any.Type)? { nil }
}

/// The arguments of a call are not those of its target: the callee has not begun.
struct InvocationMismatch: Error {
    let reason: String
}
