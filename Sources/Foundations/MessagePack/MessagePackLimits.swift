/// The bounds that reading and writing keep.
public enum MessagePackLimits {
    /// How many containers may be nested in each other.
    ///
    /// The deepest value of this project (a filter) has fewer than ten levels. 128 leaves room for
    /// any sensible one, and 128 levels of `Codable` decoding fit into a stack of 512 KiB even in a
    /// debug build (a test holds it to that). libmsgpack's own unpacker stops at 32.
    public static let depth = 128

    /// The extension type that stands for an attachment; its four bytes are the attachment's
    /// index, the highest byte first.
    ///
    /// Applications may use all types but this one.
    public static let attachmentExtensionType: Int8 = 1

    /// The longest string, binary or extension in bytes, and the most elements of an array or map.
    ///
    /// *Source*: the MessagePack specification, "Limitation".
    public static let longestValue = Int(UInt32.max)

    /// Memory reserved ahead for an array whose header announces more elements than this grows as
    /// elements are really read, so that a short message cannot ask for much memory.
    @usableFromInline
    static let reservedElements = 1_024
}
