import SNNData
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A new empty folder, removed with everything in it at the end.
final class Scratch {
  let path: String

  init() {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
    var template = Array("\(parent)/snn-data-XXXXXX".utf8CString)
    path = String(cString: mkdtemp(&template))
  }

  deinit {
    for name in names { unlink(self[name]) }
    rmdir(path)
  }

  subscript(name: String) -> String { path + "/" + name }

  /// Everything in the folder, hidden files too.
  var names: [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func put(_ bytes: [UInt8], as name: String) -> String {
    let file = fopen(self[name], "w")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return self[name]
  }

  func put(_ text: String, as name: String) -> String { put(Array(text.utf8), as: name) }

  func bytes(of name: String) -> [UInt8] {
    guard let file = fopen(self[name], "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    return bytes
  }
}

private let here = #filePath
private let tests = String(here[..<(here.lastIndex(of: "/") ?? here.endIndex)])

func fixture(_ name: String) -> String { tests + "/Fixtures/" + name }
func example(_ name: String) -> String { tests + "/../../examples/data/" + name }

/// The error that `body` throws; a failed expectation when it throws none.
func error<Value>(
  of body: () throws(DataError) -> Value, at place: SourceLocation = #_sourceLocation
) -> DataError? {
  do throws(DataError) {
    _ = try body()
    Issue.record("nothing was thrown", sourceLocation: place)
    return nil
  } catch {
    return error
  }
}
