package import Protocols
import Vectors

/// Which shard of which collection a store holds; written once, and compared at each open.
package struct ShardDescription: Sendable, Hashable, Codable {
    /// The version of the key table.
    package var format: Int
    /// The shard.
    package var shard: ShardID
    /// Which life of the collection's name.
    package var collection: CollectionID
    /// What the collection was created with.
    package var configuration: CollectionConfiguration

    /// The version that this program writes.
    package static let currentFormat = 4

    /// Describes a store of the current format.
    package init(
        shard: ShardID, collection: CollectionID, configuration: CollectionConfiguration
    ) {
        format = Self.currentFormat
        self.shard = shard
        self.collection = collection
        self.configuration = configuration
    }
}

extension ShardDescription: CustomStringConvertible {
    /// The facts in one line.
    package var description: String {
        """
        shard \(shard) of collection \(configuration.name) (\(collection), \
        dimension \(configuration.dimension), \(configuration.metric.rawValue), memory \(configuration.memory.rawValue), \
        format \(format))
        """
    }
}
