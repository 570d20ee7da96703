import SNNIR

/// A derived algorithm, ready to be printed: titled blocks of lines.
public struct Derivation: Sendable, Equatable {
  public struct Block: Sendable, Equatable {
    public var title: String
    public var lines: [Line]

    public init(title: String, lines: [Line]) {
      self.title = title
      self.lines = lines
    }
  }

  public enum Line: Sendable, Equatable {
    case text(String)
    /// Both sides of an equation, and a remark.
    case equation(String, String, note: String)
    /// The left side becomes the right one.
    case assignment(String, String)
  }

  public var blocks: [Block] = []

  /// Plain text: equations aligned at their equals signs, block by block.
  public var text: String {
    var result: [String] = []
    for block in blocks {
      result.append(block.title)
      let width = block.lines.reduce(0) { width, line in
        guard case .equation(let left, _, _) = line, left.count <= 28 else { return width }
        return max(width, left.count)
      }
      for line in block.lines {
        switch line {
        case .text(let text): result.append("  " + text)
        case .equation(let left, let right, let note):
          let padding = String(repeating: " ", count: max(0, width - left.count))
          result.append("  \(left)\(padding) = \(right)" + (note.isEmpty ? "" : "    [\(note)]"))
        case .assignment(let left, let right): result.append("    \(left) ← \(right)")
        }
      }
      result.append("")
    }
    return result.joined(separator: "\n")
  }

  /// A fragment of LaTeX (amsmath): a paragraph and an `align*` per block.
  public var latex: String {
    var result: [String] = []
    for block in blocks {
      result.append("\\paragraph{\(Self.escaped(block.title))}")
      var rows: [String] = []
      func endRows() {
        guard !rows.isEmpty else { return }
        result.append("\\begin{align*}\n" + rows.joined(separator: " \\\\\n") + "\n\\end{align*}")
        rows = []
      }
      for line in block.lines {
        switch line {
        case .text(let text):
          endRows()
          result.append(Self.escaped(text) + "\\\\")
        case .equation(let left, let right, let note):
          rows.append("  \(left) &= \(right)" + (note.isEmpty ? "" : " && \\text{\(Self.escapedNote(note))}"))
        case .assignment(let left, let right): rows.append("  \(left) &\\leftarrow \(right)")
        }
      }
      endRows()
    }
    return result.joined(separator: "\n") + "\n"
  }

  /// A whole document around `latex`, which compiles as it is.
  public var latexDocument: String {
    "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n\(latex)\\end{document}\n"
  }

  /// A remark, in which formulas stand between dollar signs.
  private static func escapedNote(_ note: String) -> String {
    note.split(separator: "$", omittingEmptySubsequences: false).enumerated()
      .map { $0 % 2 == 0 ? escaped(String($1)) : "$\($1)$" }.joined()
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "_", "%", "#", "&", "$", "{", "}": result += "\\\(character)"
      case "<", ">": result += "$\(character)$"
      case "^": result += "\\^{}"
      case "~": result += "\\~{}"
      case "→": result += "$\\to$"
      case "λ": result += "$\\lambda$"
      case "ψ": result += "$\\psi$"
      case "∂": result += "$\\partial$"
      case "Σ": result += "$\\Sigma$"
      case "Θ": result += "$\\Theta$"
      case "ε": result += "$\\varepsilon$"
      case "²": result += "$^{2}$"
      case "³": result += "$^{3}$"
      case "⁴": result += "$^{4}$"
      case "τ": result += "$\\tau$"
      case "ᵀ": result += "$^{T}$"
      case "⁻": result += "$^{-}$"
      default: result.append(character)
      }
    }
    return result
  }
}
