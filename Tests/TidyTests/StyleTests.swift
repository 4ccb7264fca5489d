import Foundation
import Testing

@Suite struct `The source text` {
    private static let sources: [SourceTree.File] =
        (try? SourceTree.swiftFiles(below: "Sources", "Protocols")) ?? []
    private static let tests: [SourceTree.File] =
        (try? SourceTree.swiftFiles(below: "Tests")) ?? []

    @Test(arguments: sources) func `is finished`(file: SourceTree.File) {
        for word in ["TODO", "FIXME", "XXX", "HACK", "fatalError()", "Skeleton"] {
            #expect(!file.text.contains(word), "\(file.path) contains \(word)")
        }
    }

    @Test(arguments: sources) func `drops no error by force`(file: SourceTree.File) {
        #expect(!file.text.contains("try!"), "\(file.path) contains try!")
    }

    /// A file holds one type or one aspect; the longest of good code bases end about here.
    @Test(arguments: sources) func `stays short`(file: SourceTree.File) {
        #expect(file.lines.count <= 520, "\(file.path) has \(file.lines.count) lines")
    }

    @Test(arguments: tests.filter { !$0.path.hasPrefix("Tests/TidyTests") })
    func `of tests does not sleep for luck or draw unseeded numbers`(file: SourceTree.File) {
        for word in ["Thread.sleep", "usleep(", "SystemRandomNumberGenerator"] {
            #expect(!file.text.contains(word), "\(file.path) contains \(word)")
        }
    }

    @Test func `names no folder of one machine`() throws {
        for file in Self.sources + Self.tests where !file.path.hasPrefix("Tests/TidyTests") {
            for line in file.lines {
                #expect(!line.contains("/home/"), "\(file.path): \(line)")
            }
        }
    }

    @Test func `carries neither builds nor resolved versions`() {
        let ignored = try? String(
            contentsOf: SourceTree.root.appending(path: ".gitignore"), encoding: .utf8)
        #expect(ignored?.contains(".build/") == true)
        #expect(ignored?.contains("Package.resolved") == true)
    }
}
