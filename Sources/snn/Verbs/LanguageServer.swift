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

/// Not called `LanguageServer`: that is the engine.
struct LanguageServerVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lsp", abstract: "Serve editors over standard input and output (Language Server Protocol).",
    discussion: "How to set up VS Code, Neovim, Helix and Emacs is in grammar/editors.")

  @Flag(help: "For editors that say it; it is the only way there is.")
  var stdio = false

  func run() throws {
    let output = Terminal.standard.output
    var server = LanguageServer { path in try? Files.readProgram(path) }
    var stream = MessageStream()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      while let message = stream.next() {
        for answer in server.handle(message) { output.write(MessageStream.framed(answer)) }
        if let status = server.exitStatus {
          if status == 0 { return }
          throw Failure(.modelWrong)
        }
      }
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      stream.append(buffer[..<count])
    }
  }
}
