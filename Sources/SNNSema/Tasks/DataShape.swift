import SNNIR

/// What a data source holds, as far as checking needs to know it: the selections that the source names (`units = …`)
/// are made already.
public struct DataShape: Hashable, Sendable {
  public struct Field: Hashable, Sendable {
    public var name: String
    public var shape: [Int]
    /// `sample`, `time`, `unit`, or any other name; empty where the file does not say: then ranks 1, 2 and 3 are
    /// `[sample]`, `[sample, unit]` and `[sample, time, unit]`.
    public var axes: [String]
    /// Attribute `unit` of the file; the data layer brings values into internal units by it.
    public var unit: String?
    /// Of `duration`: its numbers as the file has them, one per sample, for runs of different length.
    public var values: [Double]?
    /// Of `duration` in a table: where these stand.
    public var column: Column?

    public init(
      name: String, shape: [Int], axes: [String] = [], unit: String? = nil, values: [Double]? = nil,
      column: Column? = nil
    ) {
      self.name = name
      self.shape = shape
      self.axes = axes
      self.unit = unit
      self.values = values
      self.column = column
    }
  }

  /// A column of a table, with the line of the file that each sample is on.
  public struct Column: Hashable, Sendable {
    public var file: String
    public var name: String
    public var lines: [Int32]

    public init(file: String, name: String, lines: [Int32]) {
      (self.file, self.name, self.lines) = (file, name, lines)
    }
  }

  public var fields: [Field]
  /// One more than the greatest label.
  public var classes: Int?

  public init(fields: [Field], classes: Int? = nil) {
    self.fields = fields
    self.classes = classes
  }
}

/// Why a source cannot be read, in words for the user.
public struct DataShapeFault: Error, Hashable, Sendable {
  public var message: String
  public var notes: [String]
  public init(_ message: String, notes: [String] = []) {
    self.message = message
    self.notes = notes
  }
}

/// Looks into a source. Checking itself touches no files; without a reader, shapes are taken to fit.
public typealias DataShapeReader = @Sendable (DataSource) -> Result<DataShape, DataShapeFault>

/// A field by its axes.
struct FieldShape: Hashable, Sendable {
  /// Product of the axes that are neither sample nor time; nil where there are none.
  var units: Int?
  /// Length of the time axis; nil where there is none.
  var steps: Int?
  var samples: Int
  var unit: String?

  /// nil where the axes cannot be told.
  init?(_ field: DataShape.Field) {
    var axes = field.axes
    if axes.isEmpty {
      switch field.shape.count {
      case 1: axes = ["sample"]
      case 2: axes = ["sample", "unit"]
      case 3: axes = ["sample", "time", "unit"]
      default: return nil
      }
    }
    guard axes.count == field.shape.count, axes.first == "sample", Set(axes).count == axes.count else { return nil }
    samples = field.shape[0]
    unit = field.unit
    for (axis, size) in zip(axes, field.shape).dropFirst() {
      if axis == "time" {
        steps = size
      } else {
        let (product, overflow) = (units ?? 1).multipliedReportingOverflow(by: size)
        if overflow { return nil }
        units = product
      }
    }
  }

  init(samples: Int, units: Int?, steps: Int?) {
    (self.samples, self.units, self.steps) = (samples, units, steps)
  }
}
