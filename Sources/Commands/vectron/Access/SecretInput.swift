import Foundation

/// Reads passwords: from the terminal without showing them, or from a file; never from an argument,
/// which every process of the machine can see.
enum SecretInput {
    /// The longest secret, in bytes.
    private static let maxByteCount = 4_096

    /// The first line of a file, of the standard input for `-`, or what is typed.
    ///
    /// - Parameter isNew: Whether what is typed is asked for twice.
    static func read(_ path: String?, prompt: String, isNew: Bool = false) throws -> String {
        if let path, path != "-" { return try line(ofFile: path) }
        guard path == nil, isatty(STDIN_FILENO) == 1 else { return try lineOfInput(prompt) }
        let secret = try typed(prompt)
        if isNew, try typed("\(prompt) again") != secret {
            throw CommandError("the two are not the same")
        }
        return secret
    }

    private static func line(ofFile path: String) throws -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandError("\(path) cannot be read")
        }
        let data = try handle.read(upToCount: maxByteCount + 1) ?? Data()
        return try checked(firstLine(data), of: path)
    }

    private static func lineOfInput(_ prompt: String) throws -> String {
        guard let line = readLine(strippingNewline: true) else {
            throw CommandError(
                "\(prompt.lowercased()) is missing: there is no terminal, and no line of input")
        }
        return try checked(line, of: "the standard input")
    }

    private static func typed(_ prompt: String) throws -> String {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw CommandError("the terminal cannot be told to hide what is typed")
        }
        var hidden = before
        hidden.c_lflag &= ~tcflag_t(ECHO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0 else {
            throw CommandError("the terminal cannot be told to hide what is typed")
        }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            Main.writeError("")
        }
        FileHandle.standardError.write(Data("\(prompt): ".utf8))
        return try lineOfInput(prompt)
    }

    private static func firstLine(_ data: Data) -> String {
        let text = String(decoding: data, as: UTF8.self)
        return String(text.prefix { !$0.isNewline })
    }

    private static func checked(_ secret: String, of source: String) throws -> String {
        guard !secret.isEmpty, secret.utf8.count <= maxByteCount else {
            throw CommandError("\(source) must have 1 to \(maxByteCount) bytes in its first line")
        }
        return secret
    }
}
