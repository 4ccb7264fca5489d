enum GraphFormat {
    static func rowsPerChunk(_ maxLinks: Int) -> Int { 4096 }
}
public enum GraphCorruption: Error, Equatable, Sendable { case placeholder }
