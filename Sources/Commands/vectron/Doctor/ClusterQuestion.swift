import Actors
import Cluster
import Foundation
import Logging
import Primitives
import Protocols

/// Asks every node of a cluster how it is, each by itself: nobody speaks for another.
struct ClusterQuestion {
    private let file: ClusterFile
    private let timeout: Duration

    init(_ file: ClusterFile, timeout: Duration) {
        self.file = file
        self.timeout = timeout
    }

    /// What they say; of those that do not answer, why.
    ///
    /// - Throws: If this machine may not ask at all.
    func ask() async throws(ClusterQuestionError) -> ClusterFacts {
        let (system, key) = try client()
        defer { withExtendedLifetime(key) {} }
        let (file, timeout) = (file, timeout)
        var (answers, maps): ([(Int, ClusterFacts.NodeFacts)], [ClusterMap]) = ([], [])
        // As many at once as there are nodes, and each for a bounded time.
        await withTaskGroup(of: (Int, ClusterFacts.NodeFacts, ClusterMap?).self) { group in
            for (index, node) in file.nodes.enumerated() {
                group.addTask {
                    let (facts, map) = await Self.ask(node, by: system, timeout: timeout)
                    return (index, facts, map)
                }
            }
            for await (index, facts, map) in group {
                answers.append((index, facts))
                if let map { maps.append(map) }
            }
        }
        await system.shutdown()
        return ClusterFacts(
            nodes: answers.sorted { $0.0 < $1.0 }.map(\.1),
            map: maps.max { $0.epoch < $1.epoch }, version: Release.version)
    }

    private func client() throws(ClusterQuestionError) -> (ClusterActorSystem, ClaimedClient?) {
        do {
            let key = try file.keysDirectory.map { try KeyDirectory(path: $0).claimClient() }
            let name = key?.name ?? "client-" + String(UInt64.random(in: 0 ... .max), radix: 36)
            var settings = try file.clientSettings(
                name: name, logger: Logger(label: "vectron.doctor"))
            settings.connectTimeout = min(settings.connectTimeout, timeout)
            let system = try ClusterActorSystem(settings)
            system.allow(errors: ServiceError.self)
            try system.start()
            file.introduceNodes(to: system)
            return (system, key)
        } catch {
            throw ClusterQuestionError(reason: "\(error)")
        }
    }

    private static func ask(
        _ node: ClusterFile.Node, by system: ClusterActorSystem, timeout: Duration
    ) async -> (ClusterFacts.NodeFacts, ClusterMap?) {
        var facts = ClusterFacts.NodeFacts(node)
        let id = NodeID(node.name)
        do {
            try await withDeadline(timeout) {
                try await system.connect(to: id)
                let stub = try $NodeService<ClusterActorSystem>.resolve(
                    id: ActorID(node: id, name: WellKnownName.node), using: system)
                // The first call pays for what later ones find ready; its time says nothing of clocks.
                _ = try await stub.report()
            }
            facts = try await withDeadline(timeout) {
                try await Self.clock(of: node, at: id, by: system)
            }
        } catch {
            facts.failure = "\(error)"
            return (facts, nil)
        }
        do {
            let known = facts
            return try await withDeadline(timeout) {
                try await Self.status(of: known, at: id, by: system)
            }
        } catch {
            facts.failure = "it answers, but not what it holds: \(error)"
            return (facts, nil)
        }
    }

    private static func clock(
        of node: ClusterFile.Node, at id: NodeID, by system: ClusterActorSystem
    ) async throws -> ClusterFacts.NodeFacts {
        var facts = ClusterFacts.NodeFacts(node)
        let stub = try $NodeService<ClusterActorSystem>.resolve(
            id: ActorID(node: id, name: WellKnownName.node), using: system)
        let (wall, begin) = (Date.now, ContinuousClock.now)
        let report = try await stub.report()
        facts.roundTrip = begin.duration(to: .now)
        facts.report = report
        // The node looked at its clock about halfway.
        let middle = Duration.seconds(wall.timeIntervalSince1970) + facts.roundTrip / 2
        facts.clockLead = .microseconds(report.wallClockMicroseconds) - middle
        return facts
    }

    private static func status(
        of facts: ClusterFacts.NodeFacts, at id: NodeID, by system: ClusterActorSystem
    ) async throws -> (ClusterFacts.NodeFacts, ClusterMap?) {
        var facts = facts
        func actor(_ name: String) -> ActorID { ActorID(node: id, name: name) }
        switch facts.node.role {
        case .placement:
            facts.placement = try await $PlacementService<ClusterActorSystem>.resolve(
                id: actor(WellKnownName.placementDriver), using: system
            ).status()
        case .auth:
            facts.auth = try await $AuthService<ClusterActorSystem>.resolve(
                id: actor(WellKnownName.auth), using: system
            ).status()
        case .worker:
            facts.worker = try await $WorkerService<ClusterActorSystem>.resolve(
                id: actor(WellKnownName.worker), using: system
            ).status()
        case .gateway:
            let status = try await $GatewayService<ClusterActorSystem>.resolve(
                id: actor(WellKnownName.gateway), using: system
            ).status()
            return (facts, status.map)
        }
        return (facts, nil)
    }
}

/// Why nobody could be asked.
struct ClusterQuestionError: Error, CustomStringConvertible {
    let reason: String

    var description: String { reason }
}
