internal import Distributed
internal import Synchronization

/// The allow-list of one actor type: which targets may be called on it, and how.
///
/// A target from the wire is the mangled name of a distributed method. It is allowed if it
/// demangles to a method of the actor's own type or of a contract that was allowed for it; only
/// then is anything decoded. What was found is remembered by name.
final class TargetTable: Sendable {
    /// One allowed method.
    final class Target: Sendable {
        /// The method's name with labels.
        let method: String
        /// Whether the actor's own type declares it, not a contract.
        let isOwn: Bool
        let body: (@Sendable (any DistributedActor, InvocationDecoder, Replier) async -> Void)?
        /// How long the method takes, as a moving average in nanoseconds; see ``isShort``.
        private let averageNanoseconds = Atomic<UInt64>(1_000_000)

        init(
            method: String, isOwn: Bool,
            body: (@Sendable (any DistributedActor, InvocationDecoder, Replier) async -> Void)?
        ) {
            self.method = method
            self.isOwn = isOwn
            self.body = body
        }

        /// Whether a call may run on the thread that receives, because it holds up other messages
        /// for less time than handing it to another thread would take: about 40 µs for one that
        /// came alone, and what queueing a job costs for one of many.
        ///
        /// It goes by how long the method took lately; a single call of a millisecond ends it for
        /// dozens of calls.
        func isShort(isBatch: Bool) -> Bool {
            averageNanoseconds.load(ordering: .relaxed) < (isBatch ? 8_000 : 40_000)
        }

        /// Counts a call; a lost update of two threads at once does no harm.
        func took(_ duration: Duration) {
            let nanoseconds = UInt64(max(duration.components.attoseconds / 1_000_000_000, 0))
            let sample = duration.components.seconds > 0 ? 1_000_000_000 : nanoseconds
            let average = averageNanoseconds.load(ordering: .relaxed)
            averageNanoseconds.store(average - average / 8 + sample / 8, ordering: .relaxed)
        }
    }

    /// The most targets that are remembered; a type has a few dozen methods.
    private static let maxTargetCount = 4_096

    private struct State {
        var contexts: Set<String>
        var bodies:
            [String: @Sendable (any DistributedActor, InvocationDecoder, Replier) async -> Void] =
                [:]
        var targets: [String: Target] = [:]
    }

    private let state: Mutex<State>
    /// `Module.Type` of the actor's own type.
    private let ownContext: String
    /// `Module.Type<A, B>` of the actor's own type.
    private let ownName: String

    /// The table of an actor type, which allows its own methods.
    init<Act: DistributedActor>(of type: Act.Type) {
        ownContext = Self.context(of: type)
        ownName = String(reflecting: type)
        state = Mutex(State(contexts: [ownContext]))
    }

    /// Allows the methods that a contract declares, with direct ways to some of them.
    func allow(
        stub: any Any.Type,
        bodies: [String: @Sendable (any DistributedActor, InvocationDecoder, Replier) async -> Void]
    ) {
        state.withLock { state in
            state.contexts.insert(Self.context(of: stub))
            state.bodies.merge(bodies) { _, new in new }
            state.targets = [:]
        }
    }

    /// The target of that mangled name, or nil if it is not allowed.
    func target(named identifier: String) -> Target? {
        if let known = state.withLock({ $0.targets[identifier] }) { return known }
        guard let (context, method) = Self.parse(identifier) else { return nil }
        return state.withLock { state in
            guard state.contexts.contains(context) else { return nil }
            let target = Target(
                method: method, isOwn: context == ownContext, body: state.bodies[method])
            if state.targets.count < Self.maxTargetCount { state.targets[identifier] = target }
            return target
        }
    }

    /// Whether the types that a caller substitutes are those of the actor, if its type is generic.
    ///
    /// The runtime takes them as they come: a caller that takes a `Box<Int>` for a `Box<String>`
    /// would write a string's bytes where the number is.
    func accepts(_ substitutions: [any Any.Type], for target: Target) -> Bool {
        guard target.isOwn, ownName != ownContext else { return true }
        let names = substitutions.map { String(reflecting: $0) }
        return names.indices.contains { last in
            ownName == "\(ownContext)<\(names[...last].joined(separator: ", "))>"
        }
    }

    /// `Module.Type` without what stands for its generic parameters.
    private static func context(of type: any Any.Type) -> String {
        String(String(reflecting: type).prefix { $0 != "<" })
    }

    /// Whether this program has a distributed method of that name.
    ///
    /// Asked before the name is demangled: a hostile name of a few hundred bytes can stand for a
    /// type that takes gigabytes to write out.
    private static func isAccessible(_ identifier: String) -> Bool {
        var identifier = identifier
        return identifier.withUTF8 { findAccessibleFunction($0.baseAddress, $0.count) != nil }
    }

    /// Parts the mangled name of a distributed method into its type and its own name.
    private static func parse(_ identifier: String) -> (context: String, method: String)? {
        let isPlausible =
            identifier.hasPrefix("$s") && identifier.hasSuffix("TE")
            && identifier.utf8.count <= RequestHeader.maxTargetByteCount
            && identifier.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"):
                    true
                default: false
                }
            }
        guard isPlausible, isAccessible(identifier) else { return nil }
        // "Module.Type.method(label:)", or "Module.Type.method<A>(label:)".
        let name = RemoteCallTarget(identifier).description
        guard let parenthesis = name.firstIndex(of: "("),
            let dot = name[..<parenthesis].lastIndex(of: ".")
        else { return nil }
        return (String(name[..<dot]), String(name[name.index(after: dot)...]))
    }
}

/// The runtime's record of a distributed method; what `executeDistributedTarget` itself asks.
@_silgen_name("swift_findAccessibleFunction")
private func findAccessibleFunction(
    _ name: UnsafePointer<UInt8>?, _ byteCount: Int
) -> UnsafeRawPointer?
