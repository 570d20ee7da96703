import SNNSyntax

/// The texts behind `use std.…`. They are part of the binary, so that a copied command and an embedding program have
/// them too; to read and copy they lie in `Sources/SNN/Library/std`.
public enum Library {
  /// Text by name: `std.neurons` and so on.
  public static let texts: [String: String] = files.mapValues { String(decoding: $0, as: UTF8.self) }

  private static let files: [String: [UInt8]] = [
    "std.neurons": PackageResources.neurons_snn,
    "std.nengo": PackageResources.nengo_snn,
    "std.nest": PackageResources.nest_snn,
    "std.nir": PackageResources.nir_snn,
    "std.norse": PackageResources.norse_snn,
    "std.rates": PackageResources.rates_snn,
    "std.rockpool": PackageResources.rockpool_snn,
    "std.snntorch": PackageResources.snntorch_snn,
    "std.spikingjelly": PackageResources.spikingjelly_snn,
    "std.synapses": PackageResources.synapses_snn,
  ]
}
