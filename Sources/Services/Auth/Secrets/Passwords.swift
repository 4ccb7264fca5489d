import CSodium
import Foundation
import Primitives
package import Protocols

/// Hashes and checks passwords by argon2id, on two threads of its own.
///
/// A hash takes 64 MiB and some 80 ms on purpose, so that no more than two are made at once, and no
/// more than ``maxWaitingCount`` wait: what is over is refused at once. A password that belongs to
/// nobody is checked against a hash that nothing fits, which takes as long.
///
/// Source: libsodium, `crypto_pwhash_str`; RFC 9106.
///
/// Thread safety: any thread may call anything.
package struct Passwords: Sendable {
    /// What a hash costs.
    package struct Cost: Sendable, Hashable {
        /// How often the memory is gone through.
        package var passCount: UInt64
        /// How much memory is gone through, in bytes.
        package var memoryByteCount: Int

        /// Makes a cost.
        package init(passCount: UInt64, memoryByteCount: Int) {
            self.passCount = passCount
            self.memoryByteCount = memoryByteCount
        }

        /// What libsodium advises where somebody waits.
        package static let interactive = Cost(
            passCount: UInt64(crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE),
            memoryByteCount: Int(crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE))
        /// As little as there is: for tests.
        package static let least = Cost(passCount: 1, memoryByteCount: 8_192)
    }

    /// How many calls may wait for a thread.
    package static let maxWaitingCount = 64
    /// How many characters a password has at least.
    package static let minCharacterCount = 12
    /// How many bytes a password has at most: no more are hashed.
    package static let maxByteCount = 1_024

    private let cost: Cost
    private let pool: ThreadPool
    /// What nothing fits.
    private let dummy: String

    /// Starts the threads; blocks while a hash is made.
    package init(cost: Cost = .interactive) throws {
        guard sodium_init() >= 0 else {
            throw ServiceError(.internal, "libsodium does not start; is there /dev/urandom?")
        }
        self.cost = cost
        pool = ThreadPool(name: "passwords", threadCount: 2, maxWaitingCount: Self.maxWaitingCount)
        dummy = try Self.hash(RandomText.bytes(32), cost)
    }

    /// The hash of a new password.
    ///
    /// - Throws: ``ServiceError/Code/invalidArgument`` if it is too short or too long, and
    ///   ``ServiceError/Code/overloaded``.
    package func hash(_ password: Secret) async throws -> String {
        let text = Self.normalized(password)
        guard text.count >= Self.minCharacterCount, text.utf8.count <= Self.maxByteCount else {
            throw ServiceError.invalidArgument(
                """
                a password has at least \(Self.minCharacterCount) characters and at most \
                \(Self.maxByteCount) bytes; a few words are easy to remember
                """)
        }
        let cost = cost
        return try await run { try Self.hash(Array(text.utf8), cost) }
    }

    /// What came of a check.
    package enum Verdict: Sendable, Hashable {
        /// It is another password.
        case wrong
        /// It is the password; this hash of it is by newer parameters, if there is one.
        case right(rehashed: String?)
    }

    /// Whether this is the password of a hash; of nil nothing is, and finding that out takes as long.
    ///
    /// - Throws: ``ServiceError/Code/overloaded``.
    package func check(_ password: Secret, against hash: String?) async throws -> Verdict {
        let bytes = Array(Self.normalized(password).utf8)
        // Nobody has such a password, and so it says nothing of anybody.
        guard bytes.count <= Self.maxByteCount else { return .wrong }
        let (cost, known) = (cost, hash ?? dummy)
        return try await run {
            guard Self.isHash(known, of: bytes), hash != nil else { return .wrong }
            return .right(
                rehashed: Self.isOutdated(known, cost) ? try Self.hash(bytes, cost) : nil)
        }
    }

    /// One text, however it was typed: Unicode's composed form.
    private static func normalized(_ password: Secret) -> String {
        // No longer than what is looked at anyway: composing a megabyte takes its time.
        guard password.value.utf8.count <= 4 * maxByteCount else { return password.value }
        return password.value.precomposedStringWithCanonicalMapping
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.run(body)
        } catch let full as ThreadPool.Full {
            throw ServiceError(
                .overloaded,
                "\(full.waitingCount) passwords wait to be checked; try again in a moment")
        }
    }

    // MARK: - libsodium

    private static let hashByteCount = Int(crypto_pwhash_STRBYTES)

    private static func hash(_ password: [UInt8], _ cost: Cost) throws -> String {
        var output = [CChar](repeating: 0, count: hashByteCount)
        let isDone = crypto_pwhash_str_alg(
            &output, characters(password), UInt64(password.count), cost.passCount,
            cost.memoryByteCount, crypto_pwhash_ALG_ARGON2ID13)
        guard isDone == 0 else {
            throw ServiceError(
                .overloaded, "there is no memory to hash a password (\(cost.memoryByteCount) bytes)"
            )
        }
        return output.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func isHash(_ hash: String, of password: [UInt8]) -> Bool {
        crypto_pwhash_str_verify(hash, characters(password), UInt64(password.count)) == 0
    }

    /// With an end that is not counted: an empty array has no address.
    private static func characters(_ bytes: [UInt8]) -> [CChar] {
        bytes.map { CChar(bitPattern: $0) } + [0]
    }

    private static func isOutdated(_ hash: String, _ cost: Cost) -> Bool {
        crypto_pwhash_str_needs_rehash(hash, cost.passCount, cost.memoryByteCount) != 0
    }
}
