internal import Distributed
internal import Synchronization

/// What may come from the wire: targets by actor type, generic substitutions, error types.
///
/// Names from the wire are only ever looked up here; none is turned into a type by the runtime.
final class AllowList: Sendable {
    private struct State {
        var tables: [ObjectIdentifier: TargetTable] = [:]
        var types: [String: any Any.Type] = [:]
        var names: [ObjectIdentifier: String] = [:]
        var errors: [String: any (Error & Codable).Type] = [:]
    }

    private let state = Mutex(State())

    /// The table of an actor type.
    func targets<Act: DistributedActor>(of type: Act.Type) -> TargetTable {
        state.withLock { state in
            let key = ObjectIdentifier(type)
            if let table = state.tables[key] { return table }
            let table = TargetTable(of: type)
            state.tables[key] = table
            return table
        }
    }

    /// Allows a type to stand for a generic parameter.
    func allow(substitution type: any Any.Type) {
        guard let name = _mangledTypeName(type) else { return }
        state.withLock { $0.types[name] = type }
    }

    /// The type of that mangled name, or nil if it is not allowed.
    func substitution(named name: String) -> (any Any.Type)? { state.withLock { $0.types[name] } }

    /// The mangled name of a type that the caller substitutes.
    func name(of type: any Any.Type) throws -> String {
        let key = ObjectIdentifier(type)
        if let name = state.withLock({ $0.names[key] }) { return name }
        guard let name = _mangledTypeName(type) else {
            throw ActorSystemError.targetRefused(
                target: "\(type)", actor: ActorID(node: "", name: ""),
                reason: "the type has no name that another process could know")
        }
        state.withLock { $0.names[key] = name }
        return name
    }

    /// Allows an error type to come back as itself.
    func allow(error type: any (Error & Codable).Type) {
        state.withLock { $0.errors[errorTypeName(type)] = type }
    }

    /// The error type of that name, or nil if it is not allowed.
    func errorType(named name: String) -> (any (Error & Codable).Type)? {
        state.withLock { $0.errors[name] }
    }
}
