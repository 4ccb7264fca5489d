import Primitives

/// Texts that nobody can guess.
///
/// The system's generator is a cryptographic one (`getrandom`).
package enum RandomText {
    /// Bytes that nobody can guess.
    package static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
    }

    /// So many digits and letters, each drawn by itself.
    package static func digits(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let characters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        return String(
            (0..<count).map { _ in
                characters[Int.random(in: 0..<characters.count, using: &generator)]
            })
    }

    /// 32 random bytes in base 62.
    package static func secret() -> String { Base62.text(of: bytes(32), digitCount: 43) }
}
