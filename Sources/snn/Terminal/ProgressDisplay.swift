import SNN

/// Shows `Progress`: one live line on a terminal, a line per epoch otherwise, a JSON object per epoch for machines.
struct ProgressDisplay {
  enum Form { case live, lines, json }
  let output: Output
  let form: Form
  private var hasLiveLine = false
  private var lastDrawn: ContinuousClock.Instant?

  init(output: Output, json: Bool) {
    self.output = output
    form = json ? .json : output.isTerminal ? .live : .lines
  }

  /// During an epoch. Drawn at most 20 times a second.
  mutating func update(_ progress: Progress) {
    guard form == .live else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(50) { return }
    lastDrawn = now
    hasLiveLine = true
    output.write(
      "\r" + progress.liveLine(width: output.width, style: output.style) + Self.eraseRest)
  }

  /// At the end of an epoch.
  mutating func finish(_ progress: Progress) {
    switch form {
    case .live:
      output.write(
        "\r" + progress.finishedLine(width: output.width, style: output.style) + Self.eraseRest
          + "\n")
      hasLiveLine = false
    case .lines: output.write(progress.finishedLine(width: nil, style: output.style) + "\n")
    case .json: output.write(progress.json.text + "\n")
    }
  }

  /// Takes an unfinished live line away, so that what follows begins on a clean line.
  mutating func clear() {
    guard hasLiveLine else { return }
    output.write("\r" + Self.eraseRest)
    hasLiveLine = false
  }

  private static let eraseRest = "\u{1B}[K"
}
