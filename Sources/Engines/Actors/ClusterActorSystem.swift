public import Distributed
internal import Logging
internal import MessagePack
internal import Metrics
internal import Synchronization
internal import Tracing

/// A distributed actor system: calls between processes, as MessagePack over ZeroMQ.
///
/// ```swift
/// let system = try ClusterActorSystem(.init(node: "a", clusterID: "demo", endpoint: "tcp://127.0.0.1:*"))
/// try await system.start()
/// let greeter = system.host("greeter") { Greeter(actorSystem: $0) }
/// ```
///
/// On another node:
///
/// ```swift
/// let node = try await system.connect(to: endpoint)
/// let greeter = try Greeter.resolve(id: ActorID(node: node, name: "greeter"), using: system)
/// try await greeter.greet("world")
/// ```
///
/// *Thread safety*: any thread may call anything. *Invariant*: a call that fails says whether it
/// may have run (``ActorSystemError/outcome``).
public final class ClusterActorSystem: DistributedActorSystem, Sendable {
    /// What identifies an actor.
    public typealias ActorID = Actors.ActorID
    /// What arguments and results must be.
    public typealias SerializationRequirement = any Codable
    /// Records calls.
    public typealias InvocationEncoder = Actors.InvocationEncoder
    /// Reads calls.
    public typealias InvocationDecoder = Actors.InvocationDecoder
    /// Takes results.
    public typealias ResultHandler = Actors.ResultHandler

    /// What this node is.
    public let settings: Settings
    /// Finds actors by key on all nodes.
    public let receptionist: Receptionist

    let transport: any Transport
    let associations: Associations
    let pendingCalls = PendingCalls()
    let runningCalls: RunningCalls
    let registry = ActorRegistry()
    let allowList = AllowList()
    let watch = LifecycleWatch()
    let buffers = BufferPool()
    let metrics: CallMetrics
    private let callNumbers = Atomic<UInt64>(1)
    /// Calls of this node to itself.
    ///
    /// Set once, by `init`.
    nonisolated(unsafe) private(set) var loopback: any Link = ClosedLink()
    let lifecycle = Mutex(Lifecycle())

    /// How far the system's own life is.
    struct Lifecycle {
        enum Stage { case made, running, ended }
        var stage = Stage.made
        var endpoint: Endpoint?
    }

    /// Makes a system that talks ZeroMQ; ``start()`` begins.
    ///
    /// - Throws: ``ActorSystemError/invalidSettings(_:)``.
    public convenience init(_ settings: Settings) throws {
        try self.init(settings, transport: ZeroMQTransport(settings))
    }

    /// Makes a system over another transport, such as one of an ``InMemoryNetwork``.
    ///
    /// - Throws: ``ActorSystemError/invalidSettings(_:)``.
    public init(_ settings: Settings, transport: any Transport) throws {
        guard settings.node.isValid else {
            throw ActorSystemError.invalidSettings(
                """
                \(settings.node.rawValue.debugDescription) is no name for a node; \
                use 1 to \(NodeID.maxByteCount) of A-Z a-z 0-9 _ - .
                """)
        }
        self.settings = settings
        self.transport = transport
        runningCalls = RunningCalls(maxCount: settings.maxRunningCallCount)
        metrics = CallMetrics(node: settings.node)
        var logger = settings.logger
        logger[metadataKey: "actors.node"] = "\(settings.node)"
        let local = Peer(
            node: settings.node, incarnation: settings.incarnation, endpoint: settings.endpoint)
        let associations = Associations(
            handshake: Handshake(
                local: .init(
                    protocolVersion: Handshake.protocolVersion, clusterID: settings.clusterID,
                    peer: local, lane: .control)),
            transport: transport,
            timing: .init(
                connectTimeout: settings.connectTimeout, reconnectPause: settings.reconnectPause,
                heartbeatInterval: settings.heartbeatInterval,
                heartbeatTimeout: settings.heartbeatTimeout),
            maxWaiterCount: settings.maxRunningCallCount, logger: logger)
        self.associations = associations
        receptionist = Receptionist(node: settings.node) { [weak associations] envelope in
            // Without associations the system has ended.
            associations?.broadcast(envelope)
        }
        associations.delegate = self
        sharedUserInfo.withLock { $0 = [.actorSystemKey: self] }
        loopback = LoopbackLink(node: settings.node) { [weak self] message, link in
            self?.received(message, on: link)
        }
    }

    /// How many calls of this node wait for an answer.
    package var pendingCallCount: Int { pendingCalls.count }
    /// How many calls of other nodes run here.
    package var runningCallCount: Int { runningCalls.count }

    /// This node's name.
    public var node: NodeID { settings.node }

    /// What encoders and decoders of actors find the system by.
    ///
    /// It holds the system itself, until ``shutdown()``.
    var userInfo: [CodingUserInfoKey: any Sendable] { sharedUserInfo.withLock { $0 } }
    private let sharedUserInfo = Mutex<[CodingUserInfoKey: any Sendable]>([:])

    /// Lets go of the system itself.
    func releaseUserInfo() {
        // Released outside the lock, though this is never the last reference.
        let userInfo = sharedUserInfo.withLock { userInfo in
            defer { userInfo = [:] }
            return userInfo
        }
        withExtendedLifetime(userInfo) {}
    }

    // MARK: - Actors

    /// The actor of that ID if it lives here, or nil if it is elsewhere.
    public func resolve<Act>(id: ActorID, as actorType: Act.Type) throws -> Act?
    where Act: DistributedActor, Act.ID == ActorID {
        guard id.node == node else { return nil }
        guard
            let entry = registry.entry(
                named: id.name, incarnation: id.incarnation),
            let actor = entry.actor
        else {
            // A stub of our own contract is called through the network's path too: it finds the
            // actor by name when it calls.
            if actorType is any _DistributedActorStub.Type { return nil }
            throw ActorSystemError.unknownActor(id)
        }
        return actor as? Act
    }

    /// Names an actor that is being made.
    public func assignID<Act>(_ actorType: Act.Type) -> ActorID
    where Act: DistributedActor, Act.ID == ActorID {
        if let name = Self.hostedName, let hosted = name.take() {
            return ActorID(node: node, name: hosted)
        }
        return ActorID(
            node: node, name: registry.reserveAnonymous("\(actorType)"),
            incarnation: settings.incarnation)
    }

    /// Makes an actor reachable.
    public func actorReady<Act>(_ actor: Act) where Act: DistributedActor, Act.ID == ActorID {
        registry.add(
            .init(
                actor, isKept: actor.id.incarnation == nil,
                targets: allowList.targets(of: Act.self),
                incarnation: actor.id.incarnation),
            named: actor.id.name)
    }

    /// Forgets an actor that has ended, and tells those who watch it.
    public func resignID(_ id: ActorID) {
        // An actor that is kept does not end, so this is one that was hosted before under its name.
        if id.incarnation == nil, registry.keeps(id.name) { return }
        forget(id)
    }

    /// Ends the ways to an actor.
    func forget(_ id: ActorID) {
        registry.remove(id.name)
        receptionist.forget(actorNamed: id.name)
        watch.ended(id)
        tellWatchers(ofActorNamed: id.name, incarnation: id.incarnation)
    }

    // MARK: - Calls

    /// An encoder for one call.
    public func makeInvocationEncoder() -> InvocationEncoder {
        InvocationEncoder(buffer: buffers.take(), userInfo: userInfo)
    }

    /// Calls an actor on another node and waits for its value.
    public func remoteCall<Act, Failure, Success>(
        on actor: Act, target: RemoteCallTarget, invocation: inout InvocationEncoder,
        throwing: Failure.Type, returning: Success.Type
    ) async throws -> Success
    where
        Act: DistributedActor, Act.ID == ActorID, Failure: Error, Success: Codable
    {
        let (message, offset) = try await call(actor.id, target, invocation)
        do {
            var reader = MessagePackReader(
                bytes: UnsafeRawBufferPointer(rebasing: message.bytes[offset...]),
                attachments: message.attachments)
            let value = try MessagePackDecoder(userInfo: userInfo).decode(
                Success.self, from: &reader)
            withExtendedLifetime(message) {}
            return value
        } catch {
            throw ActorSystemError.malformedReply(
                target: target.description, reason: "\(error)")
        }
    }

    /// Calls an actor on another node and waits for its end.
    public func remoteCallVoid<Act, Failure>(
        on actor: Act, target: RemoteCallTarget, invocation: inout InvocationEncoder,
        throwing: Failure.Type
    ) async throws where Act: DistributedActor, Act.ID == ActorID, Failure: Error {
        if let way = OneWay.current {
            return try await callOneWay(way, actor.id, target, invocation)
        }
        _ = try await call(actor.id, target, invocation)
    }

    /// The number of the next call.
    func nextCallID() -> CallID { callNumbers.wrappingAdd(1, ordering: .relaxed).oldValue }
}
