import SNNData
import SNNIR
import SNNSema

/// Lists of synapses in files: columns of a table, or datasets of an HDF5 file.
enum SynapseFile {
  static func rows(_ source: DataSource, _ loader: SourceLoader) -> Result<SynapseRows, DataShapeFault> {
    do {
      let path = try loader.path(of: source)
      return .success(source.kind == "csv" ? try table(path, source, loader) : try datasets(path, source))
    } catch {
      return .failure(DataShapeFault(SNNError.wrapping(error).text))
    }
  }

  /// Without a header the columns are pre, post, weight, delay, as far as there are so many.
  private static func table(_ path: String, _ source: DataSource, _ loader: SourceLoader) throws -> SynapseRows {
    let table = try CSVTable(reading: path)
    func column(_ name: String, _ place: Int, isNeeded: Bool) throws -> [Double]? {
      let found: CSVColumn
      if let given = source.named[name] {
        found = try loader.column(given)
      } else if let header = table.header {
        guard isNeeded || header.contains(name) else { return nil }
        found = .name(name)
      } else {
        guard isNeeded || place < table.columnCount else { return nil }
        found = .index(place)
      }
      return try table.column(found).doubles()
    }
    let lines = table.lines
    return SynapseRows(
      pre: try column("pre", 0, isNeeded: true) ?? [], post: try column("post", 1, isNeeded: true) ?? [],
      weights: try column("weight", 2, isNeeded: false), delays: try column("delay", 3, isNeeded: false),
      place: { "\(path):\(lines.indices.contains($0) ? Int(lines[$0]) : $0 + 1)" })
  }

  private static func datasets(_ path: String, _ source: DataSource) throws -> SynapseRows {
    let file = try HDF5File(reading: path)
    func dataset(_ name: String, isNeeded: Bool) throws -> [Double]? {
      var found = name
      if case .text(let given)? = source.named[name] {
        found = given
      } else if !isNeeded, !file.contains("/" + name) {
        return nil
      }
      let array = try file.read(found)
      guard array.rank == 1, let values = array.doubles() else {
        throw DataError.wrongRank(file: path, name: found, shape: array.shape, expected: "one number per synapse")
      }
      if name == "delay", let unit = array.unit, unit != "ms" {
        throw DataError.wrongType(file: path, name: found, found: "a delay in \(unit)", expected: "ms")
      }
      return values
    }
    let pre = try dataset("pre", isNeeded: true) ?? []
    let result = SynapseRows(
      pre: pre, post: try dataset("post", isNeeded: true) ?? [], weights: try dataset("weight", isNeeded: false),
      delays: try dataset("delay", isNeeded: false), place: { "\(path), synapse \($0)" })
    for (name, values) in [("post", result.post), ("weight", result.weights ?? pre), ("delay", result.delays ?? pre)]
    where values.count != pre.count {
      throw DataError.lengthsDiffer(
        file: path, first: "pre", firstLength: pre.count, second: name, secondLength: values.count)
    }
    return result
  }
}
