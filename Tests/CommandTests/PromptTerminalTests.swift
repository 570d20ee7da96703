import Foundation
import Testing

#if canImport(Glibc)
  import Glibc

  /// `snn repl` on a pseudo-terminal, as a person has it.
  final class PromptTerminal {
    private let master: Int32
    let process = Process()
    private var seen: [UInt8] = []

    init(_ folder: TemporaryFolder) throws {
      master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname do.
      var lock: Int32 = 0
      var number: Int32 = 0
      guard ioctl(master, 0x4004_5431, &lock) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
        throw CocoaError(.fileReadUnknown)
      }
      let slave = FileHandle(
        fileDescriptor: open("/dev/pts/\(number)", O_RDWR | O_NOCTTY), closeOnDealloc: true)
      process.executableURL = URL(fileURLWithPath: BuiltCommand.path)
      process.arguments = ["repl"]
      process.environment = [
        "TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "SNN_HISTORY": folder.url.path + "/history",
        "PATH": "/usr/bin:/bin",
      ]
      process.currentDirectoryURL = folder.url
      process.standardInput = slave
      process.standardOutput = slave
      process.standardError = slave
      try process.run()
    }

    deinit {
      // A run may be under way, which a plain request would ask to stop first.
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      close(master)
    }

    func type(_ text: String) {
      let bytes = Array(text.utf8)
      _ = write(master, bytes, bytes.count)
    }

    /// What came until `text`, or everything that did in so many seconds.
    func wait(for text: String, seconds: Double = 30) -> String {
      let end = Date().addingTimeInterval(seconds)
      let wanted = Data(text.utf8)
      while Data(seen).range(of: wanted) == nil, Date() < end {
        var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 200) > 0 else { continue }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(master, &buffer, buffer.count)
        guard count > 0 else { break }
        seen += buffer[..<count]
      }
      // Bytes, since a line's end joins what stands before it into one character.
      guard let range = Data(seen).range(of: wanted) else { return String(decoding: seen, as: UTF8.self) }
      let head = String(decoding: seen[..<range.upperBound], as: UTF8.self)
      seen.removeFirst(range.upperBound)
      return head
    }

    /// Types a line and waits for the answer, then for the mark that shows that the editor has the terminal again: keys
    /// that come between are the kernel's. The first answer that does not come ends the test: the rest would wait in vain.
    func ask(_ line: String, _ answer: String, mark: String? = "snn> ") throws -> String {
      type(line)
      var text = wait(for: answer)
      try #require(text.hasSuffix(answer), "\(line) gave \(text)")
      guard let mark else { return text }
      if answer != mark {
        let rest = wait(for: mark)
        try #require(rest.hasSuffix(mark), "\(line) gave \(text) and no mark after it: \(rest)")
        text += rest
      }
      waitForEditor()
      return text
    }

    /// The mark may be there before the editor has the terminal, which it takes line by line.
    private func waitForEditor() {
      var settings = termios()
      for _ in 0..<3000 {
        guard tcgetattr(master, &settings) == 0, settings.c_lflag & tcflag_t(ICANON) != 0 else { return }
        usleep(10_000)
      }
    }

    /// Whether it ended by itself; it is ended otherwise.
    func hasEnded(within seconds: Double) -> Bool {
      let end = Date().addingTimeInterval(seconds)
      while process.isRunning, Date() < end { usleep(20_000) }
      let ended = !process.isRunning
      if !ended { kill(process.processIdentifier, SIGKILL) }
      return ended
    }
  }

  // Every wait has an end of its own, so that nothing here can hang; the limit says so once more.
  @Suite(.serialized, .timeLimit(.minutes(3))) struct PromptTerminalTests {
    @Test func aSessionOnATerminal() throws {
      let folder = try TemporaryFolder()
      try folder.write(
        "neuron A {\n  state x = 0\n  dx/dt = (1 - x) / 5 ms\n  spike when x > 0.5\n  on spike { x = 0 }\n}\n", "a.snn")
      let terminal = try PromptTerminal(folder)
      #expect(try terminal.ask("", "snn> ").contains(":help"))
      #expect(try terminal.ask("1 ms + 2 ms\r", "3 ms").contains("1 ms + 2 ms"))
      // Tab completes a command, a file and a letter.
      #expect(try terminal.ask(":lo\t a\t\r", "neuron A").contains(".snn"))
      _ = try terminal.ask("\\tau\t = 3 ms\r", "= 3 ms\r\n", mark: nil)
      _ = try terminal.ask("", "τ = 3 ms\r\n")
      // Ctrl-C leaves a line that has begun.
      _ = try terminal.ask("network N {\r", "...> ", mark: "...> ")
      _ = try terminal.ask("\\tau\t", "τ", mark: nil)
      _ = try terminal.ask("\u{3}", "snn> ")
      _ = try terminal.ask("network N { step 0.1 ms; population a = A[1] }\r", "network N\r\n")
      // Ctrl-C stops a run and keeps everything.
      #expect(try terminal.ask("run 10 ms\r", "Hz").contains("0 ms to 10 ms"))
      _ = try terminal.ask("run 5000 s\r", "5000 s\r\n", mark: nil)
      var text = ""
      for _ in 0..<60 where !text.contains("stopped") {
        kill(terminal.process.processIdentifier, SIGINT)
        text += terminal.wait(for: "as it was before", seconds: 0.5)
      }
      try #require(text.contains("stopped"))
      _ = try terminal.ask("", "snn> ")
      #expect(try terminal.ask("N\r", "at 10 ms").contains("a[1]"))
      // A line of before, by Ctrl-P.
      #expect(try terminal.ask("\u{10}\u{10}\u{10}\r", "Hz").contains("10 ms to 20 ms"))
      terminal.type("\u{4}")
      #expect(terminal.hasEnded(within: 30))
      #expect(terminal.process.terminationStatus == 0)
      #expect(try folder.read("history").contains("run"))
    }
  }
#endif
