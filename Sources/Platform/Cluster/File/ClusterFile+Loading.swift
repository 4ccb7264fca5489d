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
        let configuration = try ClusterConfiguration(
            path: path, environment: environment, flags: flags)
        if let first = configuration.errors.first { throw first }
        return configuration.file
    }

    /// A duration as files write it: `500ms`, `30s`, `5m`; nil if the text is none.
    public static func duration(_ text: String) -> Duration? { ValueText.duration(text) }

    fileprivate mutating func makePathsAbsolute(in directory: String) {
        dataDirectory = Self.absolute(dataDirectory, in: directory)
        keysDirectory = keysDirectory.map { Self.absolute($0, in: directory) }
        restCertificate = restCertificate.map { Self.absolute($0, in: directory) }
        restPrivateKey = restPrivateKey.map { Self.absolute($0, in: directory) }
    }

    fileprivate static func absolute(_ path: String, in directory: String) -> String {
        let full = path.hasPrefix("/") ? path : directory + "/" + path
        return (full as NSString).standardizingPath
    }
}

extension ClusterConfiguration {
    /// Puts a configuration together, whatever is wrong with it.
    ///
    /// - Throws: Only what keeps the file from being read at all.
    public init(
        path: String, environment: [String: String], flags: [String] = []
    ) throws(ClusterFileError) {
        let current = FileManager.default.currentDirectoryPath
        let path = ClusterFile.absolute(path, in: current)
        self.init()
        try ClusterFileReader(path: path).read(try Self.text(of: path), into: &self)
        file.makePathsAbsolute(in: (path as NSString).deletingLastPathComponent)
        // In order, so that of two mistakes the same one comes first every time.
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(ClusterFile.variablePrefix) {
            apply(variable: name, value)
        }
        for flag in flags { apply(flag: flag) }
        file.makePathsAbsolute(in: current)
    }

    private static func text(of path: String) throws(ClusterFileError) -> String {
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
        return yaml
    }

    private mutating func apply(variable: String, _ value: String) {
        let name = variable.dropFirst(ClusterFile.variablePrefix.count)
            .replacingOccurrences(of: "__", with: ".").lowercased()
        let origin = ClusterValueOrigin.environment(name: variable)
        guard ClusterSetting.all.contains(where: { $0.name == name }) else {
            let nearest = nearestName(to: name, among: ClusterSetting.all.map(\.name))
            let setting = ClusterSetting.all.first { $0.name == nearest }
            mistakes.append(
                .unknownKey(key: name, origin: origin, suggestion: setting?.variable))
            return
        }
        set(name, to: value, origin: origin)
    }

    private mutating func apply(flag: String) {
        guard let separator = flag.firstIndex(of: "=") else {
            mistakes.append(
                .wrongValue(
                    key: "--set", value: flag.debugDescription, origin: .flag("--set"),
                    expected: "SECTION.KEY=VALUE"))
            return
        }
        set(
            String(flag[..<separator]), to: String(flag[flag.index(after: separator)...]),
            origin: .flag("--set \(flag)"))
    }
}
