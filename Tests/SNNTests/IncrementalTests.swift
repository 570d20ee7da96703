import Foundation
import SNN
import SNNSema
import Testing

/// A program that is compiled again after an edit, with what stayed as it was taken over, is the one compiled from
/// nothing: the same messages at the same places, the same types, the same networks.
@Suite struct IncrementalTests {
  private static let examples = [
    "variants", "parts", "stdp", "gap_junctions", "learned_delays", "frameworks/norse", "short_term_plasticity",
    "digits", "balanced_stdp", "conversion",
  ]

  private static func compiled(_ text: String, _ previous: Program?) -> Program {
    let folder = DocumentTests.root.path + "/examples"
    return Program.compile(
      bytes: Array(text.utf8), name: "edited.snn", folder: folder, reusing: previous, isEdited: true
    ) { declaration in
      guard let name = declaration.file,
        let used = try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      else { return nil }
      return SourceText(name: name, text: used)
    }
  }

  private static func expectSame(_ a: Program, _ b: Program, _ what: String) {
    #expect(a.diagnostics == b.diagnostics, "\(what)\n\(a.rendered())\n\(b.rendered())")
    #expect(a.checked.types == b.checked.types, "\(what)")
    #expect(a.checked.typeListing == b.checked.typeListing, "\(what)")
    #expect(a.networkNames == b.networkNames && a.taskNames == b.taskNames, "\(what)")
    for name in a.networkNames {
      let (left, right) = (a.checked.lower(network: name), b.checked.lower(network: name))
      #expect(left?.locations == right?.locations, "\(what): \(name)")
    }
    guard !a.hasErrors, !b.hasErrors else { return }
    for name in a.networkNames {
      guard a.checked.lower(network: name) != nil else { continue }
      #expect(
        (try? a.model(network: name).intermediateText()) == (try? b.model(network: name).intermediateText()),
        "\(what): \(name)")
    }
  }

  @Test(arguments: examples) func editsAreTheWholeProgram(_ example: String) throws {
    let file = DocumentTests.root.appendingPathComponent("examples/\(example).snn")
    let text = try String(contentsOf: file, encoding: .utf8)
    var program = Self.compiled(text, nil)
    #expect(!program.hasErrors, "\(program.rendered())")
    // Each is made on top of those before it.
    let edits: [(String, (String) -> String)] = [
      ("a comment above", { "// above\n\n" + $0 }),
      ("nothing", { $0 }),
      ("another number", { $0.replacingOccurrences(of: "10 ms", with: "11 ms") }),
      (
        "a state that nothing reads",
        { $0.replacingOccurrences(of: "\n  state ", with: "\n  param idle = 3\n  state ") }
      ),
      ("a function above all", { "function relu(x) = 2 * x\n" + $0 }),
      ("it is gone", { $0.replacingOccurrences(of: "function relu(x) = 2 * x\n", with: "") }),
      ("a wrong unit", { $0.replacingOccurrences(of: "11 ms", with: "11 mV") }),
      ("it is right again", { $0.replacingOccurrences(of: "11 mV", with: "12 ms") }),
      ("a name that is not there", { $0.replacingOccurrences(of: "spike when ", with: "spike when x + ") }),
      ("it is right again", { $0.replacingOccurrences(of: "spike when x + ", with: "spike when ") }),
      ("a brace is missing", { $0.replacingOccurrences(of: "}\n\nnetwork", with: "\n\nnetwork") }),
      ("all as it was", { _ in text }),
    ]
    var current = text
    for (what, edit) in edits {
      current = edit(current)
      program = Self.compiled(current, program)
      Self.expectSame(program, Self.compiled(current, nil), "\(example): \(what)")
    }
  }

  /// A library text is found again under another name's file number.
  @Test func anotherUseInBetween() {
    let one = "use std.neurons.LIF\nnetwork N { step 0.1 ms; population a = LIF[2] }\n"
    let two = "use std.norse.LI\nuse std.neurons.LIF\nnetwork N { step 0.1 ms; population a = LIF[2] }\n"
    let first = Self.compiled(one, nil)
    let second = Self.compiled(two, first)
    Self.expectSame(second, Self.compiled(two, nil), "two")
    Self.expectSame(Self.compiled(one, second), first, "one")
  }
}
