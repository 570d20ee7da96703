import Foundation
import SNNIR
import Testing

@testable import SNNSema

/// The programs in `examples/`, checked with what their files hold.
@Suite struct ShippedExampleTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("examples")

  static let shapes: DataShapeReader = { source in
    switch source.positional.first {
    case .text("data/digits.csv"):
      .success(
        DataShape(
          fields: [.init(name: "sample", shape: [1797, 64]), .init(name: "label", shape: [1797])], classes: 10))
    default:
      .success(
        DataShape(
          fields: [.init(name: "sample", shape: [1350, 76, 4]), .init(name: "label", shape: [1350])], classes: 27))
    }
  }

  @Test(arguments: ["lif", "random_patterns", "digits", "braille"])
  func lowers(_ name: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name + ".snn"), encoding: .utf8)
    let found = checkProgram(text, shapes: Self.shapes)
    #expect(found.diagnostics.isEmpty, "\(found.diagnostics.map(\.headline))")
    let model = try #require(found.lowered)
    #expect(model.network.verify().isEmpty)
    #expect(model.task?.verify(in: model.network).isEmpty == true)
  }
}
