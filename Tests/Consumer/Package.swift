// swift-tools-version: 6.1
import PackageDescription

// An app that uses the device alone; `scripts/check-consumer` looks at what it resolves and links.
let package = Package(
    name: "Consumer",
    platforms: [.macOS(.v13)],
    dependencies: [.package(name: "MetaNetwork", path: "../..")],
    targets: [
        .executableTarget(
            name: "consumer",
            dependencies: [
                .product(name: "MetaNetwork", package: "MetaNetwork"),
                .product(name: "MetaNetworkDevice", package: "MetaNetwork"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)
