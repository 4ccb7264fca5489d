public import Protocols

/// What the nodes of a cluster have said when they were asked; what that means is ``diagnoses``.
public struct ClusterFacts: Sendable {
    /// The nodes in the order of the file.
    public var nodes: [NodeFacts]
    /// The map of a gateway or nil, if none answered.
    public var map: ClusterMap?
    /// The version of the program that asks.
    public var version: String

    /// What one node has said.
    public struct NodeFacts: Sendable {
        /// Who should be there.
        public var node: ClusterFile.Node
        /// What it said of itself.
        public var report: NodeReport?
        /// Why it said nothing.
        public var failure: String?
        /// How far its clock is before that of whoever asked.
        public var clockLead: Duration?
        /// How long the question was under way, by which the lead may be wrong.
        public var roundTrip = Duration.zero
        /// Of a placement driver.
        public var placement: PlacementStatus?
        /// Of an auth node.
        public var auth: AuthStatus?
        /// Of a worker.
        public var worker: WorkerStatus?

        /// Makes facts of a node that has not been asked.
        public init(_ node: ClusterFile.Node) { self.node = node }
    }

    /// Makes facts.
    public init(nodes: [NodeFacts], map: ClusterMap?, version: String) {
        self.nodes = nodes
        self.map = map
        self.version = version
    }
}

// MARK: - What it means

extension ClusterFacts {
    /// Whether any node answers.
    public var isRunning: Bool { nodes.contains { $0.report != nil } }

    /// A replica that has not applied so many entries of what is committed is behind.
    private static let largestLag: UInt64 = 10_000
    /// Clocks that differ by more make times of logs and of expiry doubtful.
    private static let largestSkew = Duration.milliseconds(500)
    /// Clocks that differ by more make sessions and keys end early or late.
    private static let wrongSkew = Duration.seconds(5)

    /// What is well and what is not.
    public var diagnoses: [Diagnosis] {
        guard isRunning else {
            return [
                .warn(
                    "cluster", "no node answers", do: "if it should run, start it and see its logs")
            ]
        }
        return nodes.map { diagnosis(of: $0) } + [clocks].compactMap { $0 }
            + groups + (map.map { shards(of: $0) } ?? [])
    }

    private func diagnosis(of facts: NodeFacts) -> Diagnosis {
        let (node, subject) = (facts.node, "node \(facts.node.name)")
        guard let report = facts.report else {
            return .fail(
                subject,
                "no answer at \(node.endpoint): \(facts.failure ?? "it was not asked")",
                do: "start it, see its log, or check what is between it and this machine")
        }
        guard report.role == node.role.rawValue, report.node == node.name else {
            return .fail(
                subject, "at \(node.endpoint) answers the \(report.role) \(report.node)",
                do: "give all nodes and this command the same cluster file")
        }
        if let failure = facts.failure {
            return .fail(subject, failure, do: "see its log")
        }
        guard report.version == version else {
            return .warn(
                subject, "runs \(report.version), and this program is \(version)",
                do: "bring all nodes to one version")
        }
        return .ok(subject, "\(report.role) \(report.version) at \(node.endpoint)")
    }

    /// The clocks of all nodes that answered, and of this machine.
    private var clocks: Diagnosis? {
        let known = nodes.compactMap { facts in facts.clockLead.map { (facts.node.name, $0) } }
        let all = known + [("this machine", .zero)]
        guard known.count > 0, let last = all.min(by: { $0.1 < $1.1 }),
            let first = all.max(by: { $0.1 < $1.1 })
        else { return nil }
        let skew = first.1 - last.1
        // Where in the round trip a clock was read is not known.
        let doubt = nodes.map(\.roundTrip).max() ?? .zero
        guard skew > Self.largestSkew + doubt else {
            return .ok(
                "clocks", "differ by less than \(MachineFacts.text(Self.largestSkew + doubt))")
        }
        let text = "\(first.0) is \(MachineFacts.text(skew)) before \(last.0)"
        let advice = "run a time service (chrony, systemd-timesyncd) on every machine"
        return skew > Self.wrongSkew + doubt
            ? .fail("clocks", text, do: advice) : .warn("clocks", text, do: advice)
    }

    private var groups: [Diagnosis] {
        let placement = nodes.compactMap(\.placement).map {
            Member(
                name: $0.node, isLeader: $0.role == .leader, commit: $0.commitIndex,
                applied: $0.appliedIndex)
        }
        let auth = nodes.compactMap(\.auth).map {
            Member(
                name: $0.node, isLeader: $0.role == .leader, commit: $0.commitIndex,
                applied: $0.appliedIndex)
        }
        func count(_ role: ClusterFile.Role) -> Int { nodes.count { $0.node.role == role } }
        return diagnoses(ofGroup: "placement group", placement, of: count(.placement))
            + (count(.auth) > 0 ? diagnoses(ofGroup: "auth group", auth, of: count(.auth)) : [])
    }

    /// One member of a group, as it sees itself.
    private struct Member {
        var name: String
        var isLeader: Bool
        var commit: UInt64
        var applied: UInt64
        var isDiverged = false
    }

    /// What is wrong with the shards, or that nothing is: a line for each good one would hide the bad.
    private func shards(of map: ClusterMap) -> [Diagnosis] {
        var (found, count): ([Diagnosis], Int) = ([], 0)
        for collection in map.collections {
            for shard in collection.shards {
                count += 1
                let members = shard.replicas.compactMap { replica -> Member? in
                    let worker = nodes.first { $0.node.name == replica.worker }?.worker
                    guard let status = worker?.shards.first(where: { $0.id == shard.id }) else {
                        return nil
                    }
                    return Member(
                        name: replica.worker, isLeader: status.role == .leader,
                        commit: status.commitIndex, applied: status.appliedIndex,
                        isDiverged: status.isDiverged)
                }
                let name = "shard \(shard.id) of \(collection.configuration.name)"
                found += diagnoses(ofGroup: name, members, of: shard.replicas.count)
                    .filter { $0.level != .ok }
            }
        }
        return found.isEmpty
            ? [.ok("shards", "\(count) of \(map.collections.count) collections have all replicas")]
            : found
    }

    private func diagnoses(
        ofGroup name: String, _ members: [Member], of count: Int
    ) -> [Diagnosis] {
        var found: [Diagnosis] = []
        let leader = members.first { $0.isLeader }
        if leader == nil {
            found.append(
                .fail(
                    name, "has no leader that answers; \(members.count) of \(count) members do",
                    do: "bring back more than half of them; if they are lost, see vectron recover"))
        } else if members.count < count {
            found.append(
                .warn(
                    name, "\(members.count) of \(count) members answer",
                    do: "bring back the others before more are lost"))
        }
        let commit = members.map(\.commit).max() ?? 0
        for member in members where commit > member.applied + Self.largestLag {
            found.append(
                .warn(
                    name, "\(member.name) is \(commit - member.applied) entries behind",
                    do:
                        "see whether its disk or processor is too slow, or wait if it has just started"
                ))
        }
        for member in members where member.isDiverged {
            found.append(
                .fail(
                    name, "\(member.name) holds something else than the others and answers no more",
                    do: "stop it, wipe its data and start it: it gets everything from the others"))
        }
        guard found.isEmpty, let leader else { return found }
        return [.ok(name, "\(leader.name) leads, all \(count) members answer")]
    }
}
