public import Vectors

/// What the workers keep in memory of each vector of a collection; chosen when it is created.
///
/// | value | in memory, of a component | distances |
/// |---|---|---|
/// | `full` | under `cosine` and `dot` the upper 3 bytes of a float, under `euclid` and `manhattan` 4; a code of 5 bits | within some 1e-6 of the length of the vectors; exact |
/// | `half` | an IEEE half, 2 bytes; a code of 5 bits | within some 1e-3 |
/// | `disk` | a code of 5 bits; the vectors, 4 bytes a component, are in a file that is read where it is needed | exact |
///
/// Searches walk over codes and compare the vectors of the nearest. There are no codes under
/// `manhattan` and below 64 components; such a collection is best not kept on the disk.
///
/// The vectors as they were given are on the disk whatever is chosen, and are what is answered.
/// The names are part of stored formats and of the protocols: they never change.
public enum VectorMemory: String, Sendable, Hashable, Codable, CaseIterable {
    /// All of it, as good as exactly.
    case full
    /// Half of it: vectors are rounded to 11 bits.
    case half
    /// Only what walks compare; the disk has the rest.
    case disk
}

extension VectorMemory {
    /// What an index stores of each component.
    ///
    /// A rounded component keeps its size relative to itself. Under `cosine` and `dot` this is all
    /// that counts; the distance of two near points far from the origin would be lost.
    public func element(under metric: Metric) -> VectorElement {
        switch (self, metric) {
        case (.full, .cosine), (.full, .dot): .float24
        case (.full, .euclid), (.full, .manhattan), (.disk, _): .float32
        case (.half, _): .float16
        }
    }
}

extension CollectionConfiguration {
    /// The vector as it is stored, or an error that says what is wrong with it.
    ///
    /// - Throws: `VectorError` if the metric does not allow it, or its memory cannot hold it.
    public func prepared(_ vector: [Float]) throws(VectorError) -> [Float] {
        let prepared = try metric.prepared(vector, dimension: dimension)
        try memory.element(under: metric).validate(prepared)
        return prepared
    }
}
