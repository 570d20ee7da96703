import Foundation
import SNN
import SNNCalculus
import Testing

/// The derived rule as mathematics: the text of the program of the language page as a golden, and its equations against
/// those of the paper.
@Suite struct ReferenceExplanationTests {
  private func golden(_ text: String, _ name: String) {
    let file = TidyTests.root.appending(path: "Tests/SNNTests/Goldens/\(name)")
    if ProcessInfo.processInfo.environment["SNN_RECORD"] != nil {
      try? FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try? text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name)")
      return
    }
    let expected = try? String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, "\(name)")
  }

  private func example(_ name: String, task: String? = nil, settings: [String: String] = [:]) throws -> Model {
    let folder = TidyTests.root.appending(path: "examples")
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    let program = Program.compile(text, name: name, folder: folder.path, settings: settings)
    try #require(!program.hasErrors, "\(program.rendered())")
    return try program.model(task: task)
  }

  @Test func digits() throws {
    let model = try example("digits.snn")
    golden(try model.explanation(style: .text).text, "digits.explain")
    golden(try model.explanation(style: .latex).latexDocument, "digits.tex")
  }

  /// Lines of an explanation, remarks left out.
  private func lines(_ model: Model) throws -> [String] {
    try model.explanation(style: .text).text.split(separator: "\n").map { line in
      let equation = line.split(separator: "    [")[0]
      return equation.split(separator: " ").joined(separator: " ")
    }
  }

  /// lU[n] = b lU[n+1] + psi (Vᵀ lI[n+1] + … - theta lU[n+1]), lI[n] = a lI[n+1] + g lU[n+1] with g = 1, and the readout
  /// without spikes (Neftci, Mostafa & Zenke 2019, section on backward learning).
  @Test func backwardEquationsAreThePapers() throws {
    let kept = try lines(example("paper_network.snn", task: "subtract", settings: ["reset": "keep"]))
    let cut = try lines(example("paper_network.snn", task: "subtract", settings: ["reset": "cut"]))
    let zero = try lines(example("paper_network.snn", task: "zero", settings: ["reset": "keep"]))
    #expect(kept.contains("λ_U[n] = λ_U[n+1] beta + (e[n] - λ_U[n+1] theta) ψ[n]"))
    #expect(cut.contains("λ_U[n] = λ_U[n+1] beta + e[n] ψ[n]"))
    #expect(zero.contains("λ_U[n] = λ_U[n+1] (1 - S[n]) beta + (e[n] - λ_U[n+1] (beta U⁻[n] + I*[n])) ψ[n]"))
    #expect(kept.contains("no reset path is cut") && cut.contains("cut: own spike into U"))
    for lines in [kept, cut] {
      for line in [
        "e[n] = w_recᵀ λ_hidden.I[n+1] + w_outᵀ λ_output.I[n+1]",
        "λ_I[n] = λ_I[n+1] alpha + λ_U[n+1]",
        "λ_U[n] = ∂L/∂U[n] + λ_U[n+1] beta",
        "dL/dw_in = Σ_n λ_hidden.I[n] stimulus[n-1]ᵀ",
        "dL/dw_rec = Σ_n λ_hidden.I[n] S_hidden[n-1]ᵀ",
        "dL/dw_out = Σ_n λ_output.I[n] S_hidden[n-1]ᵀ",
      ] {
        #expect(lines.contains(line), "\(line)")
      }
    }
  }

  /// The exact flow has b = exp(-dt / tau_mem), a = exp(-dt / tau_syn), and g = P21.
  @Test func propagatorsAreTheExactOnes() throws {
    let found = try lines(example("digits.snn"))
    for line in [
      "U⁻[n+1] = P(U,U) U[n] + P(U,I) I[n]", "P(U,U) = exp(-dt / tau_mem)", "P(I,I) = exp(-dt / tau_syn)",
      "P(U,I) = dt expdd(-dt / tau_mem, -dt / tau_syn) / tau_mem",
      "λ_I[n] = λ_I[n+1] P(I,I) + λ_U[n+1] P(U,I)", "λ_U[n] = ∂L/∂U[n] + λ_U[n+1] P(U,U)",
    ] {
      #expect(found.contains(line), "\(line)")
    }
  }

  static let explained: [(file: String, task: String?)] = [
    ("braille.snn", nil), ("digits.snn", nil), ("lif.snn", nil), ("random_patterns.snn", nil),
    ("paper_network.snn", "subtract"), ("paper_network.snn", "zero"),
  ]

  /// What a typesetter would trip over, found without one.
  @Test(arguments: explained.indices) func latexIsWellFormed(_ index: Int) throws {
    let (file, task) = Self.explained[index]
    let text = try example(file, task: task).explanation(style: .latex).latexDocument
    let foreign = text.unicodeScalars.filter { !$0.isASCII }
    #expect(foreign.isEmpty, "\(file): \(foreign)")
    var depth = 0
    var isEscaped = false
    for character in text {
      if !isEscaped, character == "{" { depth += 1 }
      if !isEscaped, character == "}" { depth -= 1 }
      if depth < 0 { break }
      isEscaped = character == "\\" && !isEscaped
    }
    #expect(depth == 0, "\(file)")
    for (open, close) in [
      ("\\left(", "\\right)"), ("\\begin{align*}", "\\end{align*}"), ("\\begin{cases}", "\\end{cases}"),
    ] {
      #expect(text.components(separatedBy: open).count == text.components(separatedBy: close).count, "\(file): \(open)")
    }
  }

  /// Remarks are text: a command of mathematics stands between dollar signs there.
  @Test(arguments: explained.indices) func remarksAreText(_ index: Int) throws {
    let (file, task) = Self.explained[index]
    let text = try example(file, task: task).explanation(style: .latex).latexDocument
    for line in text.split(separator: "\n") {
      guard let start = line.range(of: "&& \\text{")?.upperBound else { continue }
      let pieces = line[start...].split(separator: "$", omittingEmptySubsequences: false)
      let plain = pieces.enumerated().filter { $0.offset % 2 == 0 }.map(\.element).joined()
      #expect(pieces.count % 2 == 1 && plain.firstMatch(of: /\\[A-Za-z]/) == nil, "\(line)")
      #expect(!plain.contains("<") && !plain.contains(">"), "\(line)")
    }
  }

  static let typesetter = ["/usr/bin/pdflatex", "/usr/local/bin/pdflatex"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(.enabled(if: typesetter != nil), arguments: explained.indices) func latexCompiles(_ index: Int) throws {
    let (file, task) = Self.explained[index]
    let text = try example(file, task: task).explanation(style: .latex).latexDocument
    try Reference.withFolder { folder in
      try text.write(to: folder.appending(path: "rule.tex"), atomically: true, encoding: .utf8)
      let process = Process()
      process.executableURL = URL(filePath: try #require(Self.typesetter))
      process.arguments = ["-interaction=nonstopmode", "-halt-on-error", "rule.tex"]
      process.currentDirectoryURL = folder
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(file)")
    }
  }
}
