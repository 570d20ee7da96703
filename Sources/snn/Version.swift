import SNN

/// `snn --version`.
enum Version {
  static var line: String { "\(SNNVersion.current) (\(build), \(platform), \(InstructionSet.best.rawValue))" }

  /// With what the machine offers.
  static var text: String {
    let sets = InstructionSet.available.map(\.rawValue).joined(separator: " ")
    return "snn \(SNNVersion.current)\nbuild: \(build), \(platform), Swift \(compiler)\n"
      + "instruction sets of this machine: \(sets)"
  }

  private static var build: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  private static var platform: String {
    #if os(Linux)
      let system = "Linux"
    #elseif os(macOS)
      let system = "macOS"
    #else
      let system = "other"
    #endif
    #if arch(x86_64)
      return system + " x86_64"
    #elseif arch(arm64)
      return system + " arm64"
    #else
      return system
    #endif
  }

  private static var compiler: String {
    #if compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }
}
