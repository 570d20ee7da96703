// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "embed",
  dependencies: [.package(name: "snn", path: "../..")],
  targets: [
    .executableTarget(name: "embed", dependencies: [.product(name: "SNN", package: "snn")])
  ],
  swiftLanguageModes: [.v6]
)
