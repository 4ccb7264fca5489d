import Actors
import Cluster
import Foundation

/// A network of this machine in which every node has an address of its own, so that real packets can
/// be dropped between any two.
///
/// ```
///  node's namespace        switch's namespace             this machine
///  198.18.N.1 eth0 ─────── port1 ┐
///  198.18.N.2 eth0 ─────── port2 ├ bridge ── uplink ───── vectronN 198.18.N.254
///  198.18.N.3 eth0 ─────── port3 ┘
/// ```
///
/// Each node drops by nftables what comes from the addresses in its set `cut`; nothing tells the
/// sender. The bridge is in a namespace of its own, so that no firewall of the machine takes part.
/// The addresses are those kept for tests of networks (RFC 2544). `docs/decisions/0006` says why
/// namespaces.
struct NodeNetwork: Codable {
    /// N, which no other network of this machine has.
    let number: Int
    /// The nodes' names; the first has the address 1.
    let nodes: [String]
    /// What is dropped now.
    private(set) var cuts: [NetworkCut] = []

    /// 198.18.0.0/15 has as many networks of 256 addresses.
    private static let maxNetworkCount = 512
    /// 254 is this machine's.
    private static let maxNodeCount = 253

    private var prefix: String { "198.\(18 + number / 256).\(number % 256)" }
    private var link: String { "vectron\(number)" }
    private var `switch`: String { "vectron\(number)" }

    private func address(_ node: String) -> String {
        // Who asks knows the nodes: commands check names first.
        "\(prefix).\((nodes.firstIndex(of: node) ?? 0) + 1)"
    }

    private func namespace(_ node: String) -> String { "vectron\(number)-\(node)" }

    /// What starts a program in a node's namespace; it becomes that program.
    func launcher(_ node: String) -> [String] {
        ["nsenter", "--net=/run/netns/\(namespace(node))", "--"]
    }

    /// Who a node does not hear.
    func unheard(by node: String) -> [String] {
        cuts.filter { $0.receiver == node }.map(\.sender)
    }
}

// MARK: - Making and removing

extension NodeNetwork {
    /// Claims a number that is free on this machine; ``build()`` makes the rest.
    static func claim(for file: ClusterFile) throws -> NodeNetwork {
        guard file.nodes.count <= maxNodeCount else {
            throw CommandError(
                "an isolated cluster has \(maxNodeCount) nodes at most, not \(file.nodes.count)")
        }
        for number in 0..<maxNetworkCount {
            let network = NodeNetwork(number: number, nodes: file.nodes.map(\.name))
            do {
                // Fails if the name is taken, in one step.
                try SystemTool.run(["ip", "netns", "add", network.switch])
                return network
            } catch let error as CommandError where error.description.contains("File exists") {
                continue
            } catch {
                throw CommandError("--isolate needs root, iproute2 and nftables: \(error)")
            }
        }
        throw CommandError("all \(maxNetworkCount) networks for isolated clusters are taken")
    }

    /// Makes the namespaces and links.
    func build() throws {
        try ip("link add \(link) type veth peer name uplink netns \(`switch`)")
        try ip("address add \(prefix).254/24 dev \(link)")
        try ip("link set \(link) up")
        try ip("link add bridge type bridge", in: `switch`)
        try ip("link set bridge up", in: `switch`)
        try ip("link set uplink master bridge up", in: `switch`)
        for (index, node) in nodes.enumerated() {
            let space = namespace(node)
            let port = "port\(index + 1)"
            try ip("netns add \(space)")
            try ip("link add \(port) type veth peer name eth0 netns \(space)", in: `switch`)
            try ip("link set \(port) master bridge up", in: `switch`)
            try ip("address add \(address(node))/24 dev eth0", in: space)
            try ip("link set eth0 up", in: space)
            try ip("link set lo up", in: space)
            try nft(
                """
                add table inet vectron
                add set inet vectron cut { type ipv4_addr; }
                add chain inet vectron input { type filter hook input priority 0; }
                add rule inet vectron input ip saddr @cut drop
                """, in: node)
        }
    }

    /// Removes what ``claim(for:)`` and ``build()`` made, or as much of it as is there.
    func remove() {
        // What is not there cannot be removed, and that is the aim. The link first: a namespace
        // gives its links back some time after it is gone.
        try? ip("link delete \(link)")
        for node in nodes { try? ip("netns delete \(namespace(node))") }
        try? ip("netns delete \(`switch`)")
    }

    /// Puts the nodes of a file at their addresses, and bridges where programs of this machine
    /// reach them from outside the network.
    func place(_ file: inout ClusterFile, directory: String) throws {
        for index in file.nodes.indices {
            let node = file.nodes[index]
            guard node.endpoint.rawValue.hasPrefix("tcp://"),
                let port = node.endpoint.rawValue.split(separator: ":").last
            else {
                throw CommandError(
                    "\(node.name) listens at \(node.endpoint); --isolate needs tcp endpoints")
            }
            let endpoint = "tcp://\(address(node.name)):\(port)"
            file.nodes[index].endpoint = try Endpoint(validating: endpoint)
            if node.bridge != nil {
                // Sockets in the file system are the same in all networks.
                let path = "ipc://\(directory)/\(node.name).bridge"
                file.nodes[index].bridge = try Endpoint(validating: path)
            }
        }
    }
}

// MARK: - Cutting

extension NodeNetwork {
    /// Drops, from now on, what these cuts say and what was dropped before.
    mutating func add(_ more: [NetworkCut]) throws {
        for cut in more where !cuts.contains(cut) { cuts.append(cut) }
        try apply()
    }

    /// Drops nothing any more.
    mutating func heal() throws {
        cuts = []
        try apply()
    }

    private func apply() throws {
        for node in nodes {
            let senders = unheard(by: node).map(address)
            let elements = senders.joined(separator: ", ")
            // One transaction: no packet passes in between.
            try nft(
                """
                flush set inet vectron cut
                \(senders.isEmpty ? "" : "add element inet vectron cut { \(elements) }")
                """, in: node)
        }
    }

    private func ip(_ words: String, in namespace: String? = nil) throws {
        let place = namespace.map { ["-n", $0] } ?? []
        try SystemTool.run(["ip"] + place + words.split(separator: " ").map(String.init))
    }

    private func nft(_ rules: String, in node: String) throws {
        try SystemTool.run(launcher(node) + ["nft", "-f", "-"], input: rules + "\n")
    }
}
