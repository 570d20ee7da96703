#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reading whole files without Foundation.
public enum FileBytes {
  /// Bytes of physical memory: an array larger than that is a damaged header or a mistake.
  public static let memory: Int = {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && size > 0 ? pages * size : 1 << 34
  }()

  static func read(_ path: String) throws(DataError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotOpen(path, errno) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw cannotOpen(path, errno) }
    guard information.st_mode & S_IFMT != S_IFDIR else {
      throw .cannotOpen(file: path, reason: "it is a folder")
    }
    // Some devices never end.
    guard information.st_mode & S_IFMT != S_IFCHR || isatty(descriptor) == 1 else {
      throw .cannotOpen(file: path, reason: "it is a device")
    }
    // Pipes say 0, so the size is only where to start.
    var bytes = [UInt8](repeating: 0, count: max(Int(information.st_size) + 1, 1 << 16))
    guard bytes.count <= memory else {
      throw .tooLarge(file: path, name: "the file", shape: [bytes.count])
    }
    var length = 0
    while true {
      if length == bytes.count {
        guard length <= memory / 2 else {
          throw .tooLarge(file: path, name: "the file", shape: [length])
        }
        bytes += repeatElement(0, count: length)
      }
      let got = bytes.withUnsafeMutableBytes { Self.read(descriptor, $0, from: length) }
      if got < 0 {
        if errno == EINTR { continue }
        throw cannotOpen(path, errno)
      }
      if got == 0 { break }
      length += got
    }
    bytes.removeLast(bytes.count - length)
    return bytes
  }

  private static func read(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, from start: Int
  ) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    #if canImport(Glibc)
      return Glibc.read(descriptor, base + start, buffer.count - start)
    #elseif canImport(Musl)
      return Musl.read(descriptor, base + start, buffer.count - start)
    #else
      return Darwin.read(descriptor, base + start, buffer.count - start)
    #endif
  }

  /// The size of a file that can be read and is no folder.
  static func regularSize(_ path: String) throws(DataError) -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw cannotOpen(path, errno) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw cannotOpen(path, errno) }
    switch information.st_mode & S_IFMT {
    case S_IFREG: return Int(information.st_size)
    case S_IFDIR: throw .cannotOpen(file: path, reason: "it is a folder")
    default: throw .cannotOpen(file: path, reason: "it is no regular file")
    }
  }

  /// The first bytes as a person recognises them: as text where they are printable, else in hexadecimal.
  static func firstBytes(_ path: String) throws(DataError) -> String {
    describe(try read(path).prefix(16))
  }

  static func describe(_ bytes: ArraySlice<UInt8>) -> String {
    if bytes.allSatisfy({ (32..<127).contains($0) || $0 == 10 || $0 == 13 || $0 == 9 }) {
      return "the text `\(String(decoding: bytes.prefix { $0 >= 32 }, as: UTF8.self))`"
    }
    return "the bytes "
      + bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  static func cannotOpen(_ path: String, _ code: Int32) -> DataError {
    .cannotOpen(file: path, reason: reason(code))
  }

  static func reason(_ code: Int32) -> String {
    switch code {
    case ENOENT: return reasonNoSuchFile
    case EACCES, EPERM: return "permission denied"
    case ENOSPC: return "no space left on the disk"
    case EDQUOT: return "disk quota exceeded"
    case EFBIG: return "file too large for the limit set here"
    case EROFS: return "the file system is read-only"
    case EISDIR: return "it is a folder"
    case ENOTDIR: return "a folder on the way is a file"
    case EIO: return "input/output error"
    default: return "system error \(code)"
    }
  }
}

/// Where files named in other files are.
public enum FilePath {
  /// `path` itself when absolute, else starting at the folder of `file`, the file that names it.
  public static func resolve(_ path: String, besides file: String) -> String {
    guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
    return String(file[...slash]) + path
  }

  /// The folder and the last component.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = String(path[..<slash])
    return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
  }
}
