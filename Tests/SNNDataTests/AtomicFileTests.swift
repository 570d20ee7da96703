import Testing

@testable import SNNData

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct AtomicFileTests {
  @Test func replaces() throws {
    let scratch = Scratch()
    let path = scratch.put("old", as: "file")
    chmod(path, 0o640)
    try AtomicFile.replace(path, with: Array("new".utf8))
    #expect(scratch.bytes(of: "file") == Array("new".utf8))
    #expect(scratch.names == ["file"])
    var information = stat()
    stat(path, &information)
    #expect(information.st_mode & 0o777 == 0o640)
  }

  @Test func followsSymbolicLinks() throws {
    let scratch = Scratch()
    let path = scratch.put("old", as: "file")
    symlink(path, scratch["link"])
    try AtomicFile.replace(scratch["link"], with: Array("new".utf8))
    #expect(scratch.bytes(of: "file") == Array("new".utf8))
    #expect(scratch.names == ["file", "link"])
  }

  #if os(Linux)
    /// `/dev/full` fails every write as a full disk does.
    @Test func fullDiskLeavesTheOlderFile() {
      let scratch = Scratch()
      let path = scratch.put("old", as: "file")
      let e = error { () throws(DataError) in
        try AtomicFile.replace(path, with: Array("new".utf8)) { temporary in
          close(open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600))
          return open("/dev/full", O_WRONLY)
        }
      }
      #expect(
        e == .cannotWrite(file: path, operation: "write", reason: "no space left on the disk"))
      #expect(scratch.bytes(of: "file") == Array("old".utf8))
      #expect(scratch.names == ["file"])
    }

    @Test func deviceIsWrittenDirectly() throws {
      try AtomicFile.replace("/dev/null", with: [1, 2, 3])
      #expect(
        error { () throws(DataError) in try AtomicFile.replace("/dev/full", with: [1]) }
          == .cannotWrite(
            file: "/dev/full", operation: "write", reason: "no space left on the disk"))
    }
  #endif

  @Test func nowhereToWrite() {
    let scratch = Scratch()
    let path = scratch["none/file"]
    let e = error { () throws(DataError) in try AtomicFile.replace(path, with: [1]) }
    #expect(
      e
        == .cannotWrite(
          file: path, operation: "create in \(scratch["none"])", reason: "no such file"))
    let folder = scratch.path
    #expect(
      error { () throws(DataError) in try AtomicFile.replace(folder, with: [1]) }
        == .cannotWrite(file: folder, operation: "open", reason: "it is a folder"))
  }

  @Test func namesOfFilesBesidesOthers() {
    #expect(FilePath.resolve("data/a.csv", besides: "examples/b.snn") == "examples/data/a.csv")
    #expect(FilePath.resolve("a.csv", besides: "b.snn") == "a.csv")
    #expect(FilePath.resolve("/a.csv", besides: "x/b.snn") == "/a.csv")
  }
}
