/// The few operations on files that ``SegmentedLog`` needs: what a real disk and a simulated one do.
///
/// One thread calls it, one call at a time. All calls block. A call that throws may have done
/// anything between nothing and all; the log never tries it again.
///
/// What a crash may do: bytes written since the last ``sync(_:)`` of their file are there, or not,
/// or in part; so are names made or removed since the last ``syncDirectory()``. Bytes that were
/// synced stay as they are, also when the same bytes are written over them. ``create(_:byteCount:)``
/// is durable as far as the content goes; the name needs ``syncDirectory()``.
package protocol LogDisk: ~Copyable {
    /// Where it is, for messages.
    var path: String { get }
    /// The names of all files, in order.
    mutating func names() throws(StorageError) -> [String]
    /// How many bytes a file has.
    mutating func byteCount(of name: String) throws(StorageError) -> Int
    /// Reads a part of a file.
    ///
    /// - Precondition: The part is within the file.
    mutating func read(_ name: String, in range: Range<Int>) throws(StorageError) -> [UInt8]
    /// Makes a file of so many zeros, which have their place on the disk: writing over them needs
    /// no other change. Throws if there is a file of this name.
    mutating func create(_ name: String, byteCount: Int) throws(StorageError)
    /// Writes over a part of a file.
    ///
    /// - Precondition: The part is within the file.
    mutating func write(_ bytes: [UInt8], to name: String, at offset: Int) throws(StorageError)
    /// Returns once what was written to the file is durable (`fdatasync`).
    mutating func sync(_ name: String) throws(StorageError)
    /// Returns once the names that were made and removed are durable.
    mutating func syncDirectory() throws(StorageError)
    /// Removes a file.
    mutating func remove(_ name: String) throws(StorageError)
}
