internal import FoundationEssentials
public import ZeroMQ

/// The public keys of the clients that may connect: a directory with a file `NAME.pub` for each,
/// which holds the key as 40 characters of Z85.
///
/// The directory is read again when a client connects, at most once a second: adding a file lets a
/// client in, removing one keeps it from connecting again.
public struct BridgeClientKeys: Sendable {
    /// Where the files are; nil if the keys never change.
    let directory: String?
    /// The clients' names by the bytes of their keys.
    private(set) var names: [[UInt8]: String]

    /// How the names of the files end.
    public static let fileSuffix = ".pub"

    /// Reads a directory.
    public init(directory: String) throws(BridgeError) {
        self.directory = directory
        names = try Self.read(directory)
    }

    /// Takes keys by the names of their clients.
    public init(_ keys: [String: CurvePublicKey]) {
        directory = nil
        names = Dictionary(keys.map { ($1.bytes, $0) }, uniquingKeysWith: min)
    }

    /// Reads the directory again.
    ///
    /// If it cannot be read nobody new may connect.
    mutating func reload() throws(BridgeError) {
        guard let directory else { return }
        names = [:]
        names = try Self.read(directory)
    }

    private static func read(_ directory: String) throws(BridgeError) -> [[UInt8]: String] {
        do {
            var names: [[UInt8]: String] = [:]
            for file in try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            where file.hasSuffix(fileSuffix) {
                let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
                let key = text.prefix { !$0.isWhitespace }
                guard let key = CurvePublicKey(text: String(key)) else {
                    throw BridgeError.unreadableKeys(
                        directory: directory,
                        reason: "\(file) holds no public key of 40 characters of Z85")
                }
                names[key.bytes] = String(file.dropLast(fileSuffix.count))
            }
            return names
        } catch let error as BridgeError {
            throw error
        } catch {
            throw .unreadableKeys(directory: directory, reason: "\(error)")
        }
    }
}
