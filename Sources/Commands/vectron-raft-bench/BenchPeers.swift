import Actors

/// Nodes as the command line names them: `name=endpoint,…`.
struct BenchPeers {
    let all: [(node: NodeID, endpoint: Endpoint)]

    init?(argument: String) {
        var all: [(NodeID, Endpoint)] = []
        for part in argument.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 else { return nil }
            all.append((NodeID(pair[0]), Endpoint(rawValue: pair[1])))
        }
        self.all = all
    }
}

extension ActorID {
    /// Where a node answers.
    static func bench(on node: NodeID) -> ActorID { ActorID(node: node, name: "bench") }
}
