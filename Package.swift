// swift-tools-version: 6.1
import PackageDescription

/// The interpreter built without optimisation is some 200 times slower, so the targets whose loops run per tick are
/// optimised in debug builds too.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]
/// No object of the runtime is shared by threads while it changes; asking at run time whether two accesses overlap takes a
/// quarter of the time of an exact-time run. The compiler's own checks stay.
let unchecked: SwiftSetting = .unsafeFlags(["-enforce-exclusivity=unchecked"])
let optimisedC: [CSetting] = [
  .unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"])
]
let hdf5: SwiftSetting = .define("HDF5", .when(traits: ["HDF5"]))
/// The language's own library, put into the code: a copied binary has it too.
let library: [Resource] = [
  "neurons", "nengo", "nest", "nir", "norse", "rates", "rockpool", "snntorch", "spikingjelly", "synapses",
].map { .embedInCode("Library/std/\($0).snn") }

let package = Package(
  name: "snn",
  products: [
    .library(name: "SNN", targets: ["SNN"]),
    .executable(name: "snn", targets: ["snn"]),
  ],
  traits: [
    .trait(name: "HDF5", description: "Read and write HDF5 files (needs libhdf5)."),
    .default(enabledTraits: ["HDF5"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
  ],
  targets: [
    .target(name: "SNNSyntax"),
    .target(name: "SNNIR", dependencies: [.product(name: "RealModule", package: "swift-numerics")]),
    .target(name: "SNNSema", dependencies: ["SNNSyntax", "SNNIR"]),
    .target(
      name: "SNNCalculus",
      dependencies: ["SNNIR", .product(name: "RealModule", package: "swift-numerics")],
      swiftSettings: optimised),
    .target(name: "CSNNKernels", cSettings: optimisedC),
    .target(
      name: "SNNRuntime",
      dependencies: ["SNNIR", "CSNNKernels", .product(name: "RealModule", package: "swift-numerics")],
      swiftSettings: optimised + [unchecked]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .target(
      name: "SNNData",
      dependencies: ["SNNIR", .target(name: "CHDF5", condition: .when(traits: ["HDF5"]))],
      swiftSettings: [hdf5]),
    .target(
      name: "SNN",
      dependencies: ["SNNSyntax", "SNNIR", "SNNSema", "SNNCalculus", "SNNRuntime", "SNNData"],
      resources: library),
    .target(name: "SNNTools", dependencies: ["SNN", "SNNSyntax", "SNNIR", "SNNSema"]),
    .systemLibrary(name: "CLibEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    .executableTarget(
      name: "snn",
      dependencies: ["SNN", "SNNTools", "CLibEdit", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    .testTarget(name: "SNNSyntaxTests", dependencies: ["SNNSyntax"], exclude: ["Goldens"]),
    .testTarget(name: "SNNIRTests", dependencies: ["SNNIR"]),
    .testTarget(name: "SNNSemaTests", dependencies: ["SNNSema"]),
    .testTarget(name: "SNNCalculusTests", dependencies: ["SNNCalculus"]),
    .testTarget(
      name: "SNNRuntimeTests",
      dependencies: ["SNNRuntime", "CSNNKernels", .product(name: "RealModule", package: "swift-numerics")]),
    .testTarget(
      name: "SNNDataTests", dependencies: ["SNNData"], exclude: ["Fixtures"], swiftSettings: [hdf5]),
    .testTarget(name: "SNNTests", dependencies: ["SNN"], exclude: ["Fixtures", "Goldens"]),
    .testTarget(name: "SNNToolsTests", dependencies: ["SNN", "SNNTools"], exclude: ["Transcripts"]),
    .testTarget(name: "CommandTests", dependencies: ["SNN", "SNNData", "SNNTools", "snn"]),
  ],
  swiftLanguageModes: [.v6]
)

// `make test` sets this: warnings of our own targets are errors, whatever the compiler says of the packages we use.
if Context.environment["SNN_STRICT"] != nil {
  for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-warnings-as-errors"])]
  }
}
