/// Whose data a directory holds: the content of its file `identity.json`.
///
/// | field | type | meaning |
/// |---|---|---|
/// | `format` | integer | version of everything below the directory; 1 |
/// | `cluster` | string | the cluster's id |
/// | `node` | string | the node's name in it |
/// | `store` | integer | drawn at random when the directory is made; a wiped disk has another |
package struct NodeIdentity: Sendable, Hashable, Codable {
    /// The version of the formats in the directory.
    package var format: Int
    /// The cluster's id.
    package var cluster: String
    /// The node's name.
    package var node: String
    /// The number of the directory; nil in one that was made before there were such numbers.
    package var store: UInt64?

    /// The version that this program writes and the newest that it reads.
    package static let currentFormat = 1

    /// Makes an identity of the current format.
    ///
    /// - Parameter store: Nil where an identity only says who claims a directory.
    package init(cluster: String, node: String, store: UInt64? = nil) {
        format = Self.currentFormat
        self.cluster = cluster
        self.node = node
        self.store = store
    }

    /// Throws unless data of `found` may be used by this identity.
    func check(_ found: NodeIdentity, at path: String) throws(StorageError) {
        guard found.format <= Self.currentFormat else {
            throw .newerFormat(path: path, supported: Self.currentFormat, found: found.format)
        }
        guard found.cluster == cluster else {
            throw .otherCluster(path: path, expected: cluster, found: found.cluster)
        }
        guard found.node == node else {
            throw .otherNode(path: path, expected: node, found: found.node)
        }
    }
}
