/// Everything that training needs to go on as if it had never stopped, and what evaluation needs to know.
///
/// In the file (HDF5): `/parameters/NAME` (the same as in the black-box contract, so a checkpoint also serves as a
/// parameter file), `/connectivity/NAME` (the synapses that weights of drawn and listed connections belong to),
/// `/optimiser/NAME`, `/state` (counters as attributes, arrays as datasets), `/manifest` (attributes, and the program's
/// lines).
/// Equal checkpoints are equal files, byte for byte.
public struct Checkpoint: Equatable, Sendable {
  /// What the file belongs to.
  public struct Manifest: Equatable, Sendable {
    /// A hash of the program that was trained; resuming compares it.
    public var programHash: String
    /// The version of `snn` that wrote the file.
    public var version: String
    /// The lines of that program, as far as they show in which setting another one differs.
    public var program: [String]
    /// Whatever else decides the result: `--set`, precision, the task's name.
    public var options: [String: String]

    public init(
      programHash: String = "", version: String = "", program: [String] = [], options: [String: String] = [:]
    ) {
      self.programHash = programHash
      self.version = version
      self.program = program
      self.options = options
    }
  }

  /// How far training has come. Random numbers are functions of these counters, so there is no generator to save.
  public struct TrainingState: Equatable, Sendable {
    /// Finished epochs.
    public var epoch: Int
    /// Finished batches of the epoch that is running.
    public var batch: Int
    /// Updates made in all: the optimiser's time.
    public var step: Int
    public var seed: UInt64
    /// Persistent states, spikes in flight, learning curves: whatever else goes on.
    public var arrays: [String: NDArray]

    public init(epoch: Int = 0, batch: Int = 0, step: Int = 0, seed: UInt64 = 0, arrays: [String: NDArray] = [:]) {
      self.epoch = epoch
      self.batch = batch
      self.step = step
      self.seed = seed
      self.arrays = arrays
    }
  }

  public var manifest: Manifest
  /// By name (`w_in`, `hidden.tau_mem`), with `unit` set where the parameter has one.
  public var parameters: [String: NDArray]
  /// By connection and side: `w/pre` and `w/post` count units of their populations, `w/delay` is in ticks.
  public var connectivity: [String: NDArray] = [:]
  /// By name and moment, such as `w_in/m`.
  public var optimiser: [String: NDArray]
  public var state: TrainingState

  public init(
    manifest: Manifest = Manifest(), parameters: [String: NDArray] = [:], optimiser: [String: NDArray] = [:],
    state: TrainingState = TrainingState()
  ) {
    self.manifest = manifest
    self.parameters = parameters
    self.optimiser = optimiser
    self.state = state
  }

  static let format = "snn checkpoint"
  static let formatVersion = 1

  /// Writes the file in one step: on any failure an older file stays as it was.
  /// - Throws: `cannotWrite`, `unsupported` without HDF5.
  public consuming func save(to path: String) throws(DataError) {
    var document = document()
    document.setAttribute("checksum", of: "/manifest", to: NDArray(ContentHash.of(document)))
    // Large arrays are let go one by one as they are written, where nobody else has them.
    self = Checkpoint()
    try (consume document).save(to: path)
  }

  /// - Throws: what `HDF5File` throws; `wrongFormat` for another kind of HDF5 file, `unsupported` for a newer format,
  ///   `corrupt` where the content does not have its checksum.
  public init(reading path: String) throws(DataError) {
    let file = try HDF5File(reading: path)
    guard file.contains("/manifest"), try file.attribute("format", of: "/manifest")?.texts() == [Self.format] else {
      let groups = try file.entries().map(\.path).prefix(12).joined(separator: ", ")
      throw .wrongFormat(
        file: path, expected: "a checkpoint, with a group /manifest",
        found: groups.isEmpty ? "an HDF5 file without content" : "an HDF5 file of \(groups)")
    }
    let version = try Self.integer("format_version", of: "/manifest", in: file)
    guard version == Self.formatVersion else {
      throw .unsupported(
        file: path, what: "checkpoint format \(version), this program knows \(Self.formatVersion)",
        hint: "use the version of snn that wrote it")
    }
    manifest = Manifest(
      programHash: try Self.text("program_hash", of: "/manifest", in: file),
      version: try Self.text("snn_version", of: "/manifest", in: file),
      program: file.contains("/manifest/program") ? try file.read("/manifest/program").texts() ?? [] : [])
    for (name, value) in try file.attributes(of: "/manifest/options") {
      manifest.options[name] = value.texts()?.first ?? ""
    }
    parameters = try Self.arrays(in: file, under: "/parameters")
    connectivity = try Self.connectivity(in: file)
    optimiser = try Self.arrays(in: file, under: "/optimiser")
    state = TrainingState(
      epoch: try Self.integer("epoch", of: "/state", in: file),
      batch: try Self.integer("batch", of: "/state", in: file),
      step: try Self.integer("step", of: "/state", in: file),
      seed: UInt64(bitPattern: Int64(try Self.integer("seed", of: "/state", in: file))),
      arrays: try Self.arrays(in: file, under: "/state"))
    guard try Self.text("checksum", of: "/manifest", in: file) == ContentHash.of(document()) else {
      throw .corrupt(file: path, detail: "its content does not have the checksum it was written with")
    }
  }

  private func document() -> HDF5Document {
    var document = HDF5Document()
    let manifestAttributes: [(String, NDArray)] = [
      ("format", NDArray(Self.format)), ("format_version", NDArray(Self.formatVersion)),
      ("program_hash", NDArray(manifest.programHash)), ("snn_version", NDArray(manifest.version)),
    ]
    for (name, value) in manifestAttributes { document.setAttribute(name, of: "/manifest", to: value) }
    if !manifest.program.isEmpty { document.put(NDArray(manifest.program), at: "/manifest/program") }
    document.makeGroup("/manifest/options")
    for (name, value) in manifest.options { document.setAttribute(name, of: "/manifest/options", to: NDArray(value)) }
    let counters = [
      ("epoch", state.epoch), ("batch", state.batch), ("step", state.step),
      ("seed", Int(truncatingIfNeeded: state.seed)),
    ]
    for (name, value) in counters { document.setAttribute(name, of: "/state", to: NDArray(value)) }
    for (group, arrays) in [("/parameters", parameters), ("/optimiser", optimiser), ("/state", state.arrays)] {
      document.makeGroup(group)
      for (name, array) in arrays { document.put(array, at: "\(group)/\(name)") }
    }
    for (name, array) in connectivity { document.put(array, at: "/connectivity/\(name)") }
    return document
  }

  static func connectivity(in file: HDF5File) throws(DataError) -> [String: NDArray] {
    file.contains("/connectivity") ? try arrays(in: file, under: "/connectivity") : [:]
  }

  static func arrays(in file: HDF5File, under group: String) throws(DataError) -> [String: NDArray] {
    var result: [String: NDArray] = [:]
    for name in try file.datasetNames(under: group) { result[name] = try file.read("\(group)/\(name)") }
    return result
  }

  private static func integer(_ name: String, of group: String, in file: HDF5File) throws(DataError) -> Int {
    guard let value = try file.attribute(name, of: group)?.integers()?.first else {
      throw .missing(
        file: file.path, kind: "attribute", name: "\(group)/\(name)",
        available: try file.attributes(of: group).keys.sorted())
    }
    return value
  }

  private static func text(_ name: String, of group: String, in file: HDF5File) throws(DataError) -> String {
    guard let value = try file.attribute(name, of: group)?.texts()?.first else {
      throw .missing(
        file: file.path, kind: "attribute", name: "\(group)/\(name)",
        available: try file.attributes(of: group).keys.sorted())
    }
    return value
  }
}
