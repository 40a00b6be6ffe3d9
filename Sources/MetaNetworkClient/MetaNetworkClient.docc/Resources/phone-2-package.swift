// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "phone",
    platforms: [.macOS(.v13)],
    dependencies: [.package(path: "../MetaNetwork")],
    targets: [
        .executableTarget(
            name: "phone",
            dependencies: [.product(name: "MetaNetworkClient", package: "MetaNetwork")]
        )
    ]
)
