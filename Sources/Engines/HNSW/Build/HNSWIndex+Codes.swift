import Synchronization
import Vectors

extension HNSWIndex {
    /// How many rows there are before the first is coded: their mean is where codes are taken from.
    ///
    /// As many as a search scans nearly as fast as it walks.
    static let codedRowCount = 1024

    /// Codes the vector of an unpublished row, if rows are coded; with the row that makes them enough,
    /// all rows before it too.
    func encode(_ row: Row, _ writer: inout IndexWriter) throws(HNSWError) {
        if let codes = try codesOfNewRows(writer) { try encode(row, into: codes, writer) }
    }

    /// Where the next rows are to be coded, if they are; codes all rows before them if they make them
    /// enough.
    func codesOfNewRows(_ writer: IndexWriter) throws(HNSWError) -> CodeStore? {
        guard let codes = space.codes else { return nil }
        if codes.centre == nil {
            if rowCount < Self.codedRowCount { return nil }
            codes.setCentre(meanOfAllRows(writer))
        }
        if !codes.isReady.load(ordering: .relaxed) {
            for earlier in 0..<Row(rowCount) { try encode(earlier, into: codes, writer) }
            codes.isReady.store(true, ordering: .releasing)
        }
        return codes
    }

    private func encode(
        _ row: Row, into codes: CodeStore, _ writer: IndexWriter
    ) throws(HNSWError) {
        writer.scratch.load(row: row)
        do throws(MemoryError) {
            try writer.scratch.encode(as: row, into: codes)
        } catch {
            throw HNSWError(error)
        }
    }

    /// What codes the rows that a restore reads, from the centre that was stored; nil if none are coded.
    func codingThread(from centre: [Float]) throws(HNSWError) -> CodingThread? {
        guard let codes = space.codes else { return nil }
        codes.setCentre(centre)
        do throws(MemoryError) {
            if rowCount > 0 { try codes.makeRoom(for: rowCount - 1) }
        } catch {
            throw HNSWError(error)
        }
        return CodingThread(codes: codes, space: space)
    }

    /// Codes all rows, from the centre of the index that they come from.
    func encodeAll(from centre: [Float], _ writer: inout IndexWriter) throws(HNSWError) {
        guard let codes = space.codes else { return }
        codes.setCentre(centre)
        for row in 0..<Row(rowCount) { try encode(row, into: codes, writer) }
        codes.isReady.store(true, ordering: .releasing)
    }

    /// In double precision, in the order of rows: the same on every processor.
    private func meanOfAllRows(_ writer: IndexWriter) -> [Float] {
        var sums = [Double](repeating: 0, count: dimension)
        for row in 0..<Row(rowCount) {
            writer.scratch.load(row: row)
            let vector = writer.scratch.memory.query
            for position in 0..<dimension { sums[position] += Double(vector[position]) }
        }
        let count = Double(max(rowCount, 1))
        return sums.map { Float($0 / count) }
    }
}
