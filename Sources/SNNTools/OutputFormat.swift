import SNNSyntax

/// What is written, and the endings of file names that say so.
public enum OutputFormat: Sendable {
  case picture, numbers, page, program, table, graph

  private var endings: [String] {
    switch self {
    case .picture: ["svg"]
    case .numbers: ["h5", "hdf5", "hdf"]
    case .page: ["html", "htm"]
    case .program: ["snn"]
    case .table: ["csv"]
    case .graph: ["nir"]
    }
  }

  private var sentence: String {
    switch self {
    case .picture: "pictures are written as SVG: name it .svg"
    case .numbers: "numbers are written as HDF5: name it .h5"
    case .page: "the page is written as HTML: name it .html"
    case .program: "programs are written as text: name it .snn"
    case .table: "tables are written as CSV: name it .csv"
    case .graph: "graphs are written as NIR: name it .nir"
    }
  }

  private static let others = [
    "png", "pdf", "jpg", "jpeg", "gif", "eps", "ps", "tif", "tiff", "webp", "tsv", "npy", "npz", "mat", "pt",
    "pth", "pkl", "json",
  ]

  /// Why a file of this name would mislead, or destroy a program; nil where the name says nothing else.
  public func objection(to path: String) -> String? {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
    let ending = path[path.index(after: dot)...].lowercased()
    let all: [OutputFormat] = [.picture, .numbers, .page, .program, .table, .graph]
    guard !endings.contains(ending), (Self.others + all.flatMap(\.endings)).contains(ending) else { return nil }
    return "cannot write \(path): \(sentence)"
  }
}
