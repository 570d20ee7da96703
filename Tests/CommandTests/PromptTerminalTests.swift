import Foundation
import Testing

#if canImport(Glibc)
  import Glibc

  /// `snn repl` on a pseudo-terminal, as a person has it.
  final class PromptTerminal {
    private let master: Int32
    let process = Process()
    private var seen = ""

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
      if process.isRunning { process.terminate() }
      close(master)
    }

    func type(_ text: String) {
      let bytes = Array(text.utf8)
      _ = write(master, bytes, bytes.count)
    }

    /// What came until `text`, or everything that did in 20 s.
    func wait(for text: String) -> String {
      let end = Date().addingTimeInterval(20)
      while !seen.contains(text), Date() < end {
        var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 200) > 0 else { continue }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(master, &buffer, buffer.count)
        guard count > 0 else { break }
        seen += String(decoding: buffer[..<count], as: UTF8.self)
      }
      guard let range = seen.range(of: text) else { return seen }
      let head = String(seen[..<range.upperBound])
      seen = String(seen[range.upperBound...])
      return head
    }
  }

  @Suite(.serialized) struct PromptTerminalTests {
    @Test func aSessionOnATerminal() throws {
      let folder = try TemporaryFolder()
      try folder.write(
        "neuron A {\n  state x = 0\n  dx/dt = (1 - x) / 5 ms\n  spike when x > 0.5\n  on spike { x = 0 }\n}\n", "a.snn")
      let terminal = try PromptTerminal(folder)
      #expect(terminal.wait(for: "snn> ").contains(":help"))
      terminal.type("1 ms + 2 ms\r")
      #expect(terminal.wait(for: "\n3 ms").contains("1 ms + 2 ms"))
      // Tab completes a command, a file and a letter.
      terminal.type(":lo\ta\t\r")
      #expect(terminal.wait(for: "neuron A").contains("a.snn"))
      terminal.type("\\tau\t = 3 ms\r")
      #expect(terminal.wait(for: "= 3 ms\r\n").contains("τ"))
      // Ctrl-C leaves a line that has begun.
      terminal.type("network N {\r")
      #expect(terminal.wait(for: "...> ").contains("network"))
      terminal.type("garbage\u{3}")
      _ = terminal.wait(for: "snn> ")
      terminal.type("network N { step 0.1 ms; population a = A[1] }\r")
      _ = terminal.wait(for: "network N\r\n")
      // Ctrl-C stops a run and keeps everything.
      terminal.type("run 10 ms\r")
      #expect(terminal.wait(for: "Hz").contains("0 ms to 10 ms"))
      terminal.type("run 5000 s\r")
      _ = terminal.wait(for: "5000 s\r\n")
      var text = ""
      for _ in 0..<20 where !text.contains("stopped") {
        kill(terminal.process.processIdentifier, SIGINT)
        text = terminal.wait(for: "as it was before")
      }
      #expect(text.contains("stopped"))
      terminal.type("N\r")
      #expect(terminal.wait(for: "at 10 ms").contains("a[1]"))
      // The line before, by Ctrl-P.
      terminal.type("\u{10}\u{10}\u{10}\r")
      #expect(terminal.wait(for: "Hz").contains("10 ms to 20 ms"))
      terminal.type("\u{4}")
      terminal.process.waitUntilExit()
      #expect(terminal.process.terminationStatus == 0)
      #expect(try folder.read("history").contains("run"))
    }
  }
#endif
