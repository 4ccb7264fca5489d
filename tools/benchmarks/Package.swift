// swift-tools-version: 6.1
import PackageDescription

// Benchmarks, nested so that what they need never reaches the product.

let package = Package(
    name: "vectron-benchmarks",
    dependencies: [
        .package(name: "vectron", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "index-bench",
            dependencies: [.product(name: "HNSW", package: "vectron")])
    ],
    swiftLanguageModes: [.v6]
)
