/// One direction between two nodes in which nothing arrives.
struct NetworkCut: Codable, Hashable {
    /// Who is not heard.
    let sender: String
    /// Who does not hear.
    let receiver: String

    /// The cuts that part nodes from others.
    ///
    /// - Parameters:
    ///   - nodes: Who is cut off; among themselves they hear each other.
    ///   - others: From whom; those of `nodes` among them are left out.
    ///   - directions: What is lost.
    /// - Returns: Each direction once, in the order of the arguments.
    static func between(
        _ nodes: [String], and others: [String], _ directions: Directions
    ) -> [NetworkCut] {
        nodes.flatMap { node in
            others.filter { !nodes.contains($0) }.flatMap { other in
                let outward = NetworkCut(sender: node, receiver: other)
                let inward = NetworkCut(sender: other, receiver: node)
                return directions == .both ? [outward, inward] : [outward]
            }
        }
    }

    /// What a partition stops.
    enum Directions {
        /// Neither side hears the other.
        case both
        /// The others do not hear the nodes, which hear the others.
        case outward
    }
}
