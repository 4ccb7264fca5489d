import Primitives
package import Protocols
package import Storage

/// The placement driver's copy of the catalog: applies commands in order and keeps them on disk.
///
/// A command counts once the catalog after it is synced. One thread of its own does the writing.
/// After a failed write the catalog takes no more commands, and `onFence` is called, upon which the
/// process should end.
package actor CatalogReplica {
    /// Claimed for as long as the catalog is open.
    private let directory: DataDirectory
    private let store: CatalogStore
    private let executor: ThreadExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// The catalog after the last command that is on the disk.
    package private(set) var catalog: Catalog
    /// The index of that command.
    package private(set) var appliedIndex: UInt64
    private var refusal: ServiceError?
    private let onFence: @Sendable (any Error) -> Void

    /// Opens the catalog in `directory`, making an empty one if there is none; blocks while it
    /// reads.
    package init(
        in directory: DataDirectory, onFence: @escaping @Sendable (any Error) -> Void
    ) throws {
        self.directory = directory
        store = try CatalogStore(at: directory.catalogPath)
        executor = ThreadExecutor(name: "catalog")
        self.onFence = onFence
        guard let content = try store.load() else {
            catalog = Catalog()
            // Kept with the first command; until then nobody has seen the number.
            _ = catalog.apply(.initialize(cluster: .random(in: 1 ... .max)))
            appliedIndex = 0
            return
        }
        do {
            catalog = try Catalog(bytes: content.catalog)
        } catch {
            throw StorageError.corrupted(
                path: directory.catalogPath, what: "the catalog", reason: String(describing: error))
        }
        appliedIndex = content.appliedIndex
    }

    /// Applies a command that is chosen with the newest catalog in hand, and returns once it is on
    /// the disk.
    ///
    /// - Parameter choose: Makes the command; nothing comes between the catalog that it sees and
    ///   the one that the command changes.
    /// - Returns: What changed.
    /// - Throws: ``ServiceError``: why the command was refused, or `fenced`.
    package func propose(
        _ choose: @Sendable (Catalog) throws(ServiceError) -> CatalogCommand
    ) throws(ServiceError) -> CatalogEffect {
        if let refusal { throw refusal }
        var next = catalog
        let effect = try next.apply(choose(catalog)).get()
        guard effect != .unchanged else { return effect }
        do {
            try store.save(.init(appliedIndex: appliedIndex + 1, catalog: next.bytes))
        } catch {
            throw fence(error)
        }
        catalog = next
        appliedIndex += 1
        return effect
    }

    private func fence(_ error: any Error) -> ServiceError {
        let refusal = ServiceError(
            .fenced,
            """
            the catalog takes no more changes: \(error); \
            this one may or may not be there after the placement driver's restart
            """)
        self.refusal = refusal
        onFence(error)
        return refusal
    }
}
