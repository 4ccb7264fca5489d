import CLevelDB
import CMessagePack
import CSodium
import CZeroMQ
import CZlib
import Cluster
import Foundation

/// The C libraries of this process, as they are, not as they were when it was built.
enum LibraryVersions {
    /// What there is, and what is too old or was built otherwise.
    static var diagnoses: [Diagnosis] {
        let zeroMQ = zeroMQ
        let names = [
            "ZeroMQ \(zeroMQ.map(String.init).joined(separator: "."))",
            "LevelDB \(leveldb_major_version()).\(leveldb_minor_version())",
            "MessagePack \(String(cString: msgpack_version()))",
            "libsodium \(String(cString: sodium_version_string()))",
            "zlib \(String(cString: zlibVersion()))",
        ]
        let text = "vectron \(Release.version) with " + names.joined(separator: ", ")
        var found: [Diagnosis] = []
        if zeroMQ.lexicographicallyPrecedes([4, 3]) {
            found.append(
                .fail("libraries", text, do: "install libzmq 4.3 or newer"))
        }
        if zmq_has("curve") == 0 {
            found.append(
                .fail(
                    "libraries", "this libzmq cannot encrypt (CURVE)",
                    do: "install one that was built with libsodium"))
        }
        return found.isEmpty ? [.ok("libraries", text)] : found
    }

    private static var zeroMQ: [Int] {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return [major, minor, patch].map { Int($0) }
    }
}
