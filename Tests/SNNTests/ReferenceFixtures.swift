import Foundation
import SNN
import SNNData
import Testing

/// Reference numbers, and programs run on them as `snn grad` runs them.
enum Reference {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

  static func fixture(_ name: String) -> String { fixtures.appending(path: name).path }

  /// A folder of its own for the files of one test, removed afterwards.
  static func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "snn-reference-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  static func write(_ arrays: [String: NDArray], to path: String) throws {
    var document = HDF5Document()
    for (name, array) in arrays { document.put(array, at: name) }
    try document.save(to: path)
  }

  static func model(_ source: String, task: String? = nil, settings: [String: String] = [:]) throws -> Model {
    let program = Program.compile(source, settings: settings)
    if program.hasErrors { Issue.record("\(program.rendered())") }
    return try program.model(task: task)
  }

  /// Largest difference over the largest expected magnitude; infinite where lengths differ.
  static func error(_ found: [Double]?, _ expected: [Double]) -> Double {
    guard let found, found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
    let size = expected.map(abs).max() ?? 0
    let error = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
    return error == 0 ? 0 : error / size
  }
}
