import Actors
import Foundation

extension ClusterFile {
    /// The prefix of the variables that set keys.
    static let variablePrefix = "VECTRON__"

    /// Loads a cluster from a file.
    ///
    /// - Parameters:
    ///   - path: The YAML file. Relative paths in it are relative to its directory.
    ///   - environment: Where `VECTRON__SECTION__KEY` is looked for. Relative paths are relative to
    ///     the working directory, here and in flags.
    ///   - flags: What commands set, `section.key=value`.
    /// - Throws: What is wrong, in the order of the file.
    public static func load(
        path: String, environment: [String: String], flags: [String] = []
    ) throws(ClusterFileError) -> ClusterFile {
        let path = absolute(path, in: FileManager.default.currentDirectoryPath)
        var file = try read(path)
        // In order, so that of two mistakes the same one is told every time.
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(variablePrefix) {
            try file.apply(variable: name, value)
        }
        for flag in flags { try file.apply(flag: flag) }
        file.makePathsAbsolute(in: FileManager.default.currentDirectoryPath)
        try file.validate()
        return file
    }

    /// A duration as files write it: `500ms`, `30s`, `5m`; nil if the text is none.
    public static func duration(_ text: String) -> Duration? { ValueText.duration(text) }

    private static func read(_ path: String) throws(ClusterFileError) -> ClusterFile {
        let bytes: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            bytes = try handle.read(upToCount: ClusterFileReader.maxByteCount + 1) ?? Data()
        } catch {
            throw .unreadable(path: path, reason: (error as NSError).localizedDescription)
        }
        guard bytes.count <= ClusterFileReader.maxByteCount,
            let yaml = String(validating: bytes, as: UTF8.self)
        else {
            throw .unreadable(path: path, reason: "it is no text, or longer than 1 MiB")
        }
        let directory = (path as NSString).deletingLastPathComponent
        var file = ClusterFile(dataDirectory: "data")
        try ClusterFileReader(path: path).read(yaml, into: &file)
        file.makePathsAbsolute(in: directory)
        return file
    }

    private mutating func apply(variable: String, _ value: String) throws(ClusterFileError) {
        let name = variable.dropFirst(Self.variablePrefix.count)
            .replacingOccurrences(of: "__", with: ".").lowercased()
        do {
            try set(name, to: value, origin: .environment(name: variable))
        } catch .unknownKey(_, let origin, let suggestion) {
            let variables = ClusterSetting.all.first { $0.name == suggestion }
            throw .unknownKey(key: name, origin: origin, suggestion: variables?.variable)
        }
    }

    private mutating func apply(flag: String) throws(ClusterFileError) {
        guard let separator = flag.firstIndex(of: "=") else {
            throw .wrongValue(
                key: "--set", value: flag.debugDescription, origin: .flag("--set"),
                expected: "SECTION.KEY=VALUE")
        }
        try set(
            String(flag[..<separator]), to: String(flag[flag.index(after: separator)...]),
            origin: .flag("--set \(flag)"))
    }

    private mutating func makePathsAbsolute(in directory: String) {
        dataDirectory = Self.absolute(dataDirectory, in: directory)
        keysDirectory = keysDirectory.map { Self.absolute($0, in: directory) }
        restCertificate = restCertificate.map { Self.absolute($0, in: directory) }
        restPrivateKey = restPrivateKey.map { Self.absolute($0, in: directory) }
    }

    private static func absolute(_ path: String, in directory: String) -> String {
        let full = path.hasPrefix("/") ? path : directory + "/" + path
        return (full as NSString).standardizingPath
    }
}
