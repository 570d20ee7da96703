import Foundation

/// The built command, run as a user would.
struct BuiltCommand {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Beside the test bundle.
  static var path: String {
    let arguments = CommandLine.arguments
    var folder = URL(fileURLWithPath: arguments[0]).deletingLastPathComponent()
    for (flag, value) in zip(arguments, arguments.dropFirst()) where flag == "--test-bundle-path" {
      folder = URL(fileURLWithPath: value).deletingLastPathComponent()
    }
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("snn").path
      if FileManager.default.isExecutableFile(atPath: candidate), !isFolder(candidate) {
        return candidate
      }
      folder.deleteLastPathComponent()
    }
    return "snn"
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// `script` is given to sh, where `snn` is the built command.
  static func shell(_ script: String, in folder: TemporaryFolder? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    var environment = ProcessInfo.processInfo.environment
    let own = URL(fileURLWithPath: path).deletingLastPathComponent().path
    environment["PATH"] = own + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
    environment["LC_ALL"] = "C.UTF-8"
    process.environment = environment
    if let folder { process.currentDirectoryURL = folder.url }
    let output = try TemporaryFolder()
    let outputFile = output.url.appendingPathComponent("out")
    let errorFile = output.url.appendingPathComponent("err")
    for file in [outputFile, errorFile] {
      _ = FileManager.default.createFile(atPath: file.path, contents: nil)
    }
    // Files rather than pipes: a pipe that nobody empties stops the command.
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: try String(decoding: Data(contentsOf: outputFile), as: UTF8.self),
      errors: try String(decoding: Data(contentsOf: errorFile), as: UTF8.self))
  }
}

/// Goes away with its last user.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "snn-test-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: url.appendingPathComponent(name))
  }

  func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: url.appendingPathComponent(name)), as: UTF8.self)
  }
}
