import SNNData
import SNNIR
import SNNSema
import Synchronization

/// Sources already opened: the checker asks for their shapes, sessions for their numbers, and a file is read once.
public final class DataCache: Sendable {
  private let known = Mutex<[DataSource: SourceLoader.Loaded]>([:])

  public init() {}

  func load(_ source: DataSource, step: Double, _ loader: SourceLoader) throws -> SourceLoader.Loaded {
    // A split does not change what is in the file.
    var key = source
    key.split = nil
    key.location = .unknown
    if let loaded = known.withLock({ $0[key] }) { return loaded }
    let loaded = try loader.load(source, step: step)
    known.withLock { $0[key] = loaded }
    return loaded
  }

  /// What the checker needs to know of a source.
  func shape(_ source: DataSource, _ loader: SourceLoader) -> Result<DataShape, DataShapeFault> {
    do {
      switch try load(source, step: 1, loader) {
      case .fields(let data):
        let fields = data.fieldNames.compactMap { name in
          data[name].map {
            DataShape.Field(
              name: name, shape: $0.shape, axes: $0.axes, unit: $0.unit,
              values: name == "duration" ? $0.doubles() : nil,
              column: data.cells.flatMap { cells in
                cells.columns[name].map { DataShape.Column(file: data.source, name: $0, lines: cells.lines) }
              })
          }
        }
        return .success(DataShape(fields: fields, classes: data.classCount))
      case .events(let events):
        let label = DataShape.Field(name: "label", shape: [events.count], axes: ["sample"])
        let ends = (0..<events.count).map { 1000 * events.lastTime(of: $0) }
        let duration = DataShape.Field(
          name: "duration", shape: [events.count], axes: ["sample"], unit: "ms", values: ends)
        return .success(DataShape(fields: [label, duration], classes: events.labels.max().map { $0 + 1 }))
      }
    } catch {
      return .failure(DataShapeFault(SNNError.wrapping(error).text))
    }
  }
}
