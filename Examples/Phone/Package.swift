// swift-tools-version: 6.1
import PackageDescription

// A phone for the command line: what an app does with the client, in a terminal. It depends on the client alone.
let package = Package(
    name: "Phone",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "MetaNetwork", path: "../..")],
    targets: [
        .executableTarget(
            name: "phone",
            dependencies: [.product(name: "MetaNetworkClient", package: "MetaNetwork")]
        )
    ],
    swiftLanguageModes: [.v6]
)
