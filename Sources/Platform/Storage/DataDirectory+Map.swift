import FoundationEssentials
package import Protocols

extension DataDirectory {
    private static let mapName = "map.json"

    /// Keeps a map for the node's next life; blocks until it is on the disk.
    ///
    /// With it a worker that starts while the placement driver is down serves what it holds.
    package func save(_ map: ClusterMap) throws(StorageError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let bytes: Data
        do {
            bytes = try encoder.encode(map)
        } catch {
            preconditionFailure("numbers and strings are always JSON: \(error)")
        }
        try Files.writeDurably(bytes, to: Self.mapName, in: path)
    }

    /// The map that was kept last, or nil.
    package func savedMap() throws(StorageError) -> ClusterMap? {
        let file = path + "/" + Self.mapName
        guard let bytes = try Files.read(file) else { return nil }
        do {
            return try JSONDecoder().decode(ClusterMap.self, from: bytes)
        } catch {
            throw .corrupted(path: file, what: "the map", reason: String(describing: error))
        }
    }
}
