import SNN
import SNNIR

/// One page about a training run that needs nothing else: curves, rasters, gradients, the derived rule, and what would
/// be needed to do it again.
public struct TrainingReport: Sendable {
  public var title: String
  /// Name and value of what decides the result.
  public var manifest: [(name: String, value: String)]
  /// `test accuracy 0.96, loss 0.15`.
  public var results: [String]
  /// Pictures with a heading.
  public var pictures: [(heading: String, figure: Figure)]
  public var rule: String
  public var program: String

  public init(
    title: String, manifest: [(name: String, value: String)], results: [String],
    pictures: [(heading: String, figure: Figure)], rule: String, program: String
  ) {
    self.title = title
    self.manifest = manifest
    self.results = results
    self.pictures = pictures
    self.rule = rule
    self.program = program
  }

  public var html: String {
    var body = "<h1>\(Self.escaped(title))</h1>\n"
    if !results.isEmpty {
      body += "<ul class=\"results\">\n" + results.map { "<li>\(Self.escaped($0))</li>\n" }.joined() + "</ul>\n"
    }
    for picture in pictures {
      body += "<h2>\(Self.escaped(picture.heading))</h2>\n<figure>\n\(picture.figure.svg())</figure>\n"
    }
    if !rule.isEmpty {
      body += "<h2>The derived rule</h2>\n<pre>\(Self.escaped(rule))</pre>\n"
    }
    body +=
      "<h2>Manifest</h2>\n<table>\n"
      + manifest.map { "<tr><th>\(Self.escaped($0.name))</th><td>\(Self.escaped($0.value))</td></tr>\n" }.joined()
      + "</table>\n"
    body += "<h2>The program</h2>\n<pre>\(Self.escaped(program))</pre>\n"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title))</title>
      <style>
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
      h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #ddd; }
      figure { margin: 1rem 0; overflow-x: auto; } svg { max-width: 100%; height: auto; }
      pre { background: #f6f6f4; padding: 1rem; overflow-x: auto; font-size: .85rem; line-height: 1.35; }
      table { border-collapse: collapse; } th { text-align: left; font-weight: 600; padding: .15rem 1.5rem .15rem 0; }
      td { font-family: ui-monospace, monospace; font-size: .9rem; }
      ul.results { font-size: 1.05rem; }
      </style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }
}

/// Norms of the gradients while training goes on, one after each epoch, on the batch that training begins with.
public struct GradientHistory: Sendable {
  private var norms: [String: [Double]] = [:]

  public init() {}

  public mutating func measure(_ session: Session) throws {
    for (name, values) in try session.trainingGradients().gradients {
      norms[name, default: []].append(values.reduce(0) { $0 + $1 * $1 }.squareRoot())
    }
  }

  public var curves: [Curve] { norms.keys.sorted().map { Curve(name: $0, values: norms[$0] ?? []) } }
}
