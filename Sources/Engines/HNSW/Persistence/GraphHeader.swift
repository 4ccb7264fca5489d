public import Vectors

/// What the header of a stored graph says; readable before its chunks and vectors are fetched.
public struct GraphHeader: Equatable, Sendable {
    /// The number of components of each vector.
    public let dimension: Int
    /// How distances are measured.
    public let metric: Metric
    /// How the graph was built.
    public let parameters: HNSWParameters
    /// The rows of the graph, tombstones and free slots included.
    public let rowCount: Int
    /// The chunks that belong to it are 0 ..< `chunkCount`.
    public var chunkCount: Int { checksums.count }

    let entryPoint: EntryPoint?
    let sweep: Sweep
    let checksums: [UInt32]
    /// Where codes are taken from; empty before there are any.
    let centre: [Float]
    var rowsPerChunk: Int { GraphFormat.rowsPerChunk(maxLinks: parameters.maxLinks) }

    /// The rows of each chunk but the last.
    package static func rowsPerChunk(maxLinks: Int) -> Int {
        GraphFormat.rowsPerChunk(maxLinks: maxLinks)
    }

    /// Reads a header.
    ///
    /// - Throws: `HNSWError.graphCorrupted`; no bytes make it trap.
    public init(_ bytes: [UInt8]) throws(HNSWError) {
        do throws(GraphCorruption) {
            self = try Self.read(bytes)
        } catch {
            throw .graphCorrupted(error)
        }
    }

    init(
        dimension: Int, metric: Metric, parameters: HNSWParameters, rowCount: Int,
        entryPoint: EntryPoint?, sweep: Sweep, checksums: [UInt32], centre: [Float]
    ) {
        self.dimension = dimension
        self.metric = metric
        self.parameters = parameters
        self.rowCount = rowCount
        self.entryPoint = entryPoint
        self.sweep = sweep
        self.checksums = checksums
        self.centre = centre
    }

    /// The bytes that `init(_:)` reads.
    var bytes: [UInt8] {
        var writer = GraphByteWriter()
        writer.append(GraphFormat.headerMagic)
        writer.append(GraphFormat.version)
        writer.append(GraphFormat.code(metric))
        writer.append(parameters.prunedCandidates.rawValue)
        for number in [dimension, parameters.maxLinks, parameters.efConstruction, rowCount] {
            writer.append(UInt32(number))
        }
        writer.append(parameters.seed)
        writer.append(entryPoint?.row ?? Graph.noLink)
        writer.append(UInt32(entryPoint?.level ?? 0))
        writer.append(UInt32(rowsPerChunk))
        writer.append(UInt32(chunkCount))
        writer.append(parameters.removedRows.rawValue)
        writer.append(UInt8(parameters.tombstonePercent))
        writer.append(sweep.phase.rawValue)
        writer.append(parameters.traversal.rawValue)
        writer.append(sweep.cursor)
        writer.append(UInt32(centre.count))
        for checksum in checksums { writer.append(checksum) }
        for component in centre { writer.append(component.bitPattern) }
        return writer.sealed().bytes
    }

    private static func read(_ bytes: [UInt8]) throws(GraphCorruption) -> GraphHeader {
        var reader = try GraphByteReader(sealed: bytes, part: .header)
        try reader.expect(magic: GraphFormat.headerMagic)
        try reader.expect(GraphFormat.version, "version")
        let metricCode = try reader.next(UInt8.self)
        guard let metric = GraphFormat.metric(metricCode) else {
            throw reader.invalid("metric", metricCode)
        }
        let prunedCode = try reader.next(UInt8.self)
        guard let pruned = HNSWParameters.PrunedCandidates(rawValue: prunedCode) else {
            throw reader.invalid("pruned candidates", prunedCode)
        }
        let dimension = try reader.int("dimension", in: 1...Metric.maximumDimension)
        let maxLinks = try reader.int("maxLinks", in: HNSWParameters.maxLinksBounds)
        let ef = try reader.int("efConstruction", in: HNSWParameters.efConstructionBounds)
        let rowCount = try reader.int("row count", in: 0...HNSWIndex.maximumCapacity)
        var parameters = HNSWParameters(
            maxLinks: maxLinks, efConstruction: ef, prunedCandidates: pruned,
            seed: try reader.next())
        let entryPoint = try readEntryPoint(&reader, rowCount: rowCount)
        let rowsPerChunk = GraphFormat.rowsPerChunk(maxLinks: maxLinks)
        try reader.expect(UInt32(rowsPerChunk), "rows per chunk")
        let chunkCount = (rowCount + rowsPerChunk - 1) / rowsPerChunk
        try reader.expect(UInt32(chunkCount), "chunk count")
        let sweep = try readRemoval(&reader, &parameters, rowCount: rowCount)
        let centreCount = try reader.int("length of the centre", in: 0...dimension)
        guard centreCount == 0 || centreCount == dimension else {
            throw reader.invalid("length of the centre", UInt32(centreCount))
        }
        var checksums: [UInt32] = []
        for _ in 0..<chunkCount { checksums.append(try reader.next()) }
        var centre: [Float] = []
        for _ in 0..<centreCount { centre.append(Float(bitPattern: try reader.next())) }
        guard centre.allSatisfy(\.isFinite) else {
            throw reader.invalid("length of the centre", UInt32(centreCount))
        }
        try reader.expectEnd()
        return GraphHeader(
            dimension: dimension, metric: metric, parameters: parameters, rowCount: rowCount,
            entryPoint: entryPoint, sweep: sweep, checksums: checksums, centre: centre)
    }

    private static func readRemoval(
        _ reader: inout GraphByteReader, _ parameters: inout HNSWParameters, rowCount: Int
    ) throws(GraphCorruption) -> Sweep {
        let removedCode = try reader.next(UInt8.self)
        guard let removedRows = HNSWParameters.RemovedRows(rawValue: removedCode) else {
            throw reader.invalid("removed rows", removedCode)
        }
        let percent = try reader.next(UInt8.self)
        guard HNSWParameters.tombstonePercentBounds.contains(Int(percent)) else {
            throw reader.invalid("tombstonePercent", percent)
        }
        parameters.removedRows = removedRows
        parameters.tombstonePercent = Int(percent)
        let phaseCode = try reader.next(UInt8.self)
        guard let phase = Sweep.Phase(rawValue: phaseCode),
            phase == .idle || removedRows == .reused
        else { throw reader.invalid("phase of the sweep", phaseCode) }
        let traversalCode = try reader.next(UInt8.self)
        guard let traversal = HNSWParameters.Traversal(rawValue: traversalCode) else {
            throw reader.invalid("traversal", traversalCode)
        }
        parameters.traversal = traversal
        let cursor = try reader.int("row of the sweep", in: 0...(phase == .idle ? 0 : rowCount))
        return Sweep(phase: phase, cursor: Row(cursor))
    }

    private static func readEntryPoint(
        _ reader: inout GraphByteReader, rowCount: Int
    ) throws(GraphCorruption) -> EntryPoint? {
        let row = try reader.next(UInt32.self)
        if row == Graph.noLink {
            try reader.expect(UInt32(0), "level of the entry point")
            return nil
        }
        guard Int(row) < rowCount else { throw reader.invalid("entry point", row) }
        let level = try reader.int(
            "level of the entry point", in: 0...LevelGenerator.maximumLevel)
        return EntryPoint(row: row, level: level)
    }
}
