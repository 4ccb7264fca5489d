import ArgumentParser
import Protocols

/// `vectron login`.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Begin a session with a cluster, for the commands of users and keys.")

    @Argument(help: "The user's name.") var name: String

    @OptionGroup var password: PasswordOptions
    @OptionGroup var access: AccessOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let connection = try access.connection()
        let secret = try SecretInput.read(password.passwordFile, prompt: "Password of \(name)")
        try await connection.logIn(name: name, password: secret)
        output.print(
            ["user": .string(name), "url": .string(connection.url)],
            line: "logged in as \(name) at \(connection.url)")
    }
}

/// `vectron logout`.
struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "End the session of this machine.")

    @OptionGroup var access: AccessOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let connection = try access.connection()
        let wasLoggedIn = try await connection.logOut()
        output.print(
            ["logged_out": .bool(wasLoggedIn)],
            line: wasLoggedIn ? "logged out" : "nobody was logged in at \(connection.url)")
    }
}
