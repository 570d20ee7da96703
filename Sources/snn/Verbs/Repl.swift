import ArgumentParser
import SNN
import SNNTools

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct Repl: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A prompt: declare, run, train, draw and compute with units, line by line.",
    discussion: """
      :help lists what can be typed. Tab completes, Ctrl-R searches the lines of before, Ctrl-C stops a run and keeps \
      everything, Ctrl-D leaves. Lines are kept in ~/.snn_history (or where SNN_HISTORY says; empty: nowhere). From a \
      pipe or a file (snn repl < script) the lines are read without marks and the answers printed.
      """)

  @Argument(help: "A .snn file to begin with.", completion: .file(extensions: ["snn"]))
  var file: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Worker threads; results do not depend on it.", valueName: "count"))
  var threads: Int = 1

  func validate() throws {
    if threads < 1 || threads > 1024 { throw ValidationError("--threads must be from 1 to 1024.") }
  }

  func run() throws {
    let terminal = Terminal.standard
    // What cannot be read is an error at once, not a prompt without it.
    if let file, file != "-" { _ = try Files.readProgram(file) }
    let isInteractive = isatty(STDIN_FILENO) == 1 && terminal.output.isTerminal
    let interrupt = Interrupt()
    SignalWatch(interrupt, endsWhenIdle: !isInteractive).start()
    var prompt = Prompt(surroundings(terminal, isInteractive, interrupt))
    if isInteractive { terminal.print(Prompt.greeting) }
    if let file { terminal.output.write(prompt.read(":load \"\(file)\"").text) }
    if isInteractive, let editor = LineEditor(output: terminal.output, history: Self.historyPath) {
      edit(editor, &prompt, terminal.output)
    } else {
      readAll(&prompt, terminal.output)
    }
  }

  private func edit(_ editor: LineEditor, _ prompt: inout Prompt, _ output: Output) {
    while true {
      let known = prompt
      editor.complete = { known.completions($0, cursor: $1) }
      switch editor.read(mark: prompt.mark) {
      case .end:
        output.write("\n")
        return
      case .cancelled: prompt.cancelLine()
      case .text(let line):
        editor.remember(line)
        let reply = prompt.read(line)
        output.write(reply.text)
        if reply.isFinished { return }
      }
    }
  }

  private func readAll(_ prompt: inout Prompt, _ output: Output) {
    while let line = readLine() {
      let reply = prompt.read(line)
      output.write(reply.text)
      if reply.isFinished { return }
    }
    output.write(prompt.finish().text)
  }

  private func surroundings(_ terminal: Terminal, _ isInteractive: Bool, _ interrupt: Interrupt) -> Surroundings {
    let output = terminal.output
    let start = ContinuousClock.now
    return Surroundings(
      read: { try Files.readProgram($0) }, write: { try Files.write($0, to: $1) }, list: { Files.names(in: $0) },
      clock: { (ContinuousClock.now - start) / .seconds(1) },
      progress: { text in
        guard isInteractive else { return }
        output.write("\r\u{1B}[K" + String(text.prefix(max(1, output.width - 1))))
      },
      width: { output.isTerminal ? min(output.width, 120) : 80 }, isColoured: output.style.isOn, threads: threads,
      interrupt: interrupt)
  }

  private static var historyPath: String? {
    if let path = Output.environment("SNN_HISTORY") { return path.isEmpty ? nil : path }
    return Output.environment("HOME").map { $0 + "/.snn_history" }
  }
}
