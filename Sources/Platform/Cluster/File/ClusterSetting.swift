import Actors
import Logging
import Primitives

/// One key of a cluster file: how it is written, and which field it sets.
///
/// The one table of keys: files, variables, flags, the written file and the tests of the
/// documentation all go by it.
public struct ClusterSetting: Sendable {
    /// The section of the file.
    public let section: String
    /// The key in it.
    public let key: String
    /// What a value looks like, for messages: "a duration such as 500ms, 30s or 5m".
    public let expected: String
    /// Sets the field, or returns false if the text is no value.
    let set: @Sendable (inout ClusterFile, String) -> Bool
    /// The field as text; nil if it is not set.
    let get: @Sendable (ClusterFile) -> String?
    /// Whether it takes several values: a list in the file, parted by commas elsewhere.
    var isList = false

    /// `section.key`.
    public var name: String { "\(section).\(key)" }

    /// The variable that sets it.
    public var variable: String { "VECTRON__\(section)__\(key)".uppercased() }

    /// The value in `file`, as text.
    public func text(in file: ClusterFile) -> String? { get(file) }
}

extension ClusterSetting {
    /// Every key outside of `nodes`.
    public static let all: [ClusterSetting] = [
        text("cluster", "id", "a name of 1 to 128 of A-Z a-z 0-9 _ - .", \.id) {
            NodeID($0).isValid
        },
        ClusterSetting(
            section: "cluster", key: "keys", expected: "the path of a directory",
            set: { file, text in
                file.keysDirectory = text
                return !text.isEmpty
            }, get: { $0.keysDirectory }),
        ClusterSetting(
            section: "cluster", key: "replicas", expected: "a whole number from 1 to 7",
            set: { file, text in
                guard let count = Int(text), (1...7).contains(count) else { return false }
                file.replicaCount = count
                return true
            }, get: { "\($0.replicaCount)" }),
        text("data", "directory", "the path of a directory", \.dataDirectory) { !$0.isEmpty },
        ClusterSetting(
            section: "log", key: "level",
            expected: "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", "),
            set: { file, text in
                guard let level = Logger.Level(rawValue: text) else { return false }
                file.logLevel = level
                return true
            }, get: { $0.logLevel.rawValue }),
        bytes("max_message_bytes", \.limits.maxMessageByteCount),
        count("max_queued_messages", \.limits.maxQueuedMessageCount),
        bytes("max_queued_bytes", \.limits.maxQueuedByteCount),
        count("max_running_calls", \.limits.maxRunningCallCount),
        ClusterSetting(
            section: "limits", key: "threads", expected: "a whole number from 1 to 1024",
            set: { file, text in
                guard let count = Int(text), (1...1024).contains(count) else { return false }
                file.limits.threadCount = count
                return true
            }, get: { $0.limits.threadCount.map { "\($0)" } }),
        ClusterSetting(
            section: "limits", key: "memory",
            expected: "a number of bytes such as 65536, 512KiB or 40MiB",
            set: { file, text in
                file.limits.memoryByteCount = ValueText.byteCount(text)
                return file.limits.memoryByteCount != nil
            }, get: { $0.limits.memoryByteCount.map { ValueText.text(byteCount: $0) } }),
        ClusterSetting(
            section: "gateway", key: "hedged_reads", expected: "true or false",
            set: { file, text in
                guard let isOn = Bool(text) else { return false }
                file.hedgesReads = isOn
                return true
            }, get: { "\($0.hedgesReads)" }),
        path("rest", "certificate", \.restCertificate),
        path("rest", "private_key", \.restPrivateKey),
        list(
            "rest", "allowed_origins",
            "origins such as https://example.com or http://localhost:3000, without a path",
            \.restAllowedOrigins, { origin($0) }, { $0 }),
        list(
            "rest", "trusted_proxies", "addresses or blocks of them such as 10.0.0.7 or 10.0.0.0/8",
            \.restTrustedProxies, { AddressBlock($0) }, { $0.description }),
        duration("call", \.timeouts.call),
        duration("connect", \.timeouts.connect),
        duration("heartbeat_interval", \.timeouts.heartbeatInterval),
        duration("heartbeat_timeout", \.timeouts.heartbeatTimeout),
        duration("reconnect_pause", \.timeouts.reconnectPause),
        duration("shutdown", \.timeouts.shutdown),
    ]

    /// The sections, in the order of ``all``.
    static let sections: [String] = all.map(\.section).reduce(into: []) { sections, section in
        if sections.last != section { sections.append(section) }
    }

    private typealias Field<Value> = any WritableKeyPath<ClusterFile, Value> & Sendable

    private static func text(
        _ section: String, _ key: String, _ expected: String, _ field: Field<String>,
        _ isValid: @escaping @Sendable (String) -> Bool
    ) -> ClusterSetting {
        ClusterSetting(
            section: section, key: key, expected: expected,
            set: { file, text in
                file[keyPath: field] = text
                return isValid(text)
            }, get: { $0[keyPath: field] })
    }

    private static func path(
        _ section: String, _ key: String, _ field: Field<String?>
    ) -> ClusterSetting {
        ClusterSetting(
            section: section, key: key, expected: "the path of a file",
            set: { file, text in
                file[keyPath: field] = text
                return !text.isEmpty
            }, get: { $0[keyPath: field] })
    }

    /// The most values of a list.
    private static let maxListCount = 256

    private static func list<Element>(
        _ section: String, _ key: String, _ expected: String, _ field: Field<[Element]>,
        _ read: @escaping @Sendable (String) -> Element?,
        _ write: @escaping @Sendable (Element) -> String
    ) -> ClusterSetting {
        ClusterSetting(
            section: section, key: key, expected: expected,
            set: { file, text in
                let words = text.split(separator: ",").map { $0.filter { $0 != " " } }
                let values = words.compactMap(read)
                file[keyPath: field] = values
                return values.count == words.count && values.count <= maxListCount
            },
            get: { file in
                let values = file[keyPath: field]
                return values.isEmpty ? nil : values.map(write).joined(separator: ",")
            }, isList: true)
    }

    /// An origin as browsers send it: scheme, host in small letters and a port that is not the usual one.
    private static func origin(_ text: String) -> String? {
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let isPlain = rest.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(byte)
                || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
        }
        return !rest.isEmpty && isPlain ? text : nil
    }

    private static func bytes(_ key: String, _ field: Field<Int>) -> ClusterSetting {
        ClusterSetting(
            section: "limits", key: key,
            expected: "a number of bytes such as 65536, 512KiB or 40MiB",
            set: { file, text in
                guard let count = ValueText.byteCount(text) else { return false }
                file[keyPath: field] = count
                return true
            }, get: { ValueText.text(byteCount: $0[keyPath: field]) })
    }

    private static func count(_ key: String, _ field: Field<Int>) -> ClusterSetting {
        ClusterSetting(
            section: "limits", key: key, expected: "a whole number from 1 to 1000000",
            set: { file, text in
                guard let count = Int(text), (1...1_000_000).contains(count) else { return false }
                file[keyPath: field] = count
                return true
            }, get: { "\($0[keyPath: field])" })
    }

    private static func duration(_ key: String, _ field: Field<Duration>) -> ClusterSetting {
        ClusterSetting(
            section: "timeouts", key: key, expected: "a duration such as 500ms, 30s or 5m",
            set: { file, text in
                guard let duration = ValueText.duration(text) else { return false }
                file[keyPath: field] = duration
                return true
            }, get: { ValueText.text($0[keyPath: field]) })
    }
}

extension ClusterFile {
    /// Sets one key.
    ///
    /// - Parameter name: `section.key`; letters of both cases count the same.
    mutating func set(
        _ name: String, to text: String, origin: ClusterValueOrigin
    ) throws(ClusterFileError) {
        let settings = ClusterSetting.all
        guard let setting = settings.first(where: { $0.name == name.lowercased() }) else {
            let suggestion = nearestName(to: name, among: settings.map(\.name))
            throw .unknownKey(key: name, origin: origin, suggestion: suggestion)
        }
        guard setting.set(&self, text) else {
            throw .wrongValue(
                key: setting.name, value: text.debugDescription, origin: origin,
                expected: setting.expected)
        }
    }
}
