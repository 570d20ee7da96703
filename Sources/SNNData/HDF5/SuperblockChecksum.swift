/// The checksum of an HDF5 superblock of version 2 or 3: Jenkins' `lookup3` over all bytes before it (HDF5 File Format
/// Specification 3.0, II.A).
///
/// `H5Fget_file_image` clears the flag "open for writing" in the image but leaves the checksum of the superblock with
/// the flag set (seen with 1.10.8), and no library opens such an image; so the checksum is computed again.
enum SuperblockChecksum {
  static func repair(_ image: inout [UInt8]) {
    guard image.count >= 48, image[8] == 2 || image[8] == 3 else { return }
    // Signature and version 9 bytes, sizes and flags 3, four addresses.
    let length = 12 + 4 * Int(image[9])
    guard image.count >= length + 4 else { return }
    let sum = lookup3(image[..<length])
    for byte in 0..<4 { image[length + byte] = UInt8(truncatingIfNeeded: sum >> (8 * byte)) }
  }

  /// Bob Jenkins' `hashlittle` (2006, public domain) with initial value 0.
  static func lookup3(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    func word(_ start: Int) -> UInt32 {
      (0..<4).reduce(0) { sum, byte in
        start + byte < bytes.endIndex ? sum | UInt32(bytes[start + byte]) << (8 * byte) : sum
      }
    }
    func rotate(_ x: UInt32, _ k: UInt32) -> UInt32 { x << k | x >> (32 - k) }
    var a: UInt32 = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
    var b = a
    var c = a
    var at = bytes.startIndex
    while bytes.endIndex - at > 12 {
      a = a &+ word(at)
      b = b &+ word(at + 4)
      c = c &+ word(at + 8)
      for k: (UInt32, UInt32, UInt32) in [(4, 6, 8), (16, 19, 4)] {
        a = (a &- c) ^ rotate(c, k.0)
        c = c &+ b
        b = (b &- a) ^ rotate(a, k.1)
        a = a &+ c
        c = (c &- b) ^ rotate(b, k.2)
        b = b &+ a
      }
      at += 12
    }
    guard at < bytes.endIndex else { return c }
    a = a &+ word(at)
    b = b &+ word(at + 4)
    c = c &+ word(at + 8)
    c = (c ^ b) &- rotate(b, 14)
    a = (a ^ c) &- rotate(c, 11)
    b = (b ^ a) &- rotate(a, 25)
    c = (c ^ b) &- rotate(b, 16)
    a = (a ^ c) &- rotate(c, 4)
    b = (b ^ a) &- rotate(a, 14)
    return (c ^ b) &- rotate(b, 24)
  }
}
