import SNNData
import Testing

/// A file as the format's description (NEP 1) has it.
private func file(_ dictionary: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
  let header = Array((dictionary + "\n").utf8)
  let length = version == 1 ? [UInt8(header.count), 0] : [UInt8(header.count), 0, 0, 0]
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + header + data
}

private func parse(_ bytes: [UInt8]) throws(DataError) -> NDArray {
  try NPYFile.parse(bytes, file: "a.npy")
}

@Suite struct NPYTests {
  @Test func roundTrips() throws {
    let scratch = Scratch()
    let arrays = [
      try NDArray(shape: [2, 3], [1.5, -2, 3, 4, 5, .pi]),
      try NDArray(shape: [2], [Float(0.1), 2]),
      NDArray([1, -2, .max]), try NDArray(shape: [1, 2], elements: .int32([.min, .max])),
      try NDArray(shape: [3], elements: .uint8([0, 7, 255])), NDArray(2.5),
      try NDArray(shape: [0, 2], [Double]()),
    ]
    for array in arrays {
      try NPYFile.write(array, to: scratch["a.npy"])
      #expect(try NPYFile.read(scratch["a.npy"]) == array)
      let bytes = scratch.bytes(of: "a.npy")
      #expect((10 + Int(bytes[8]) + Int(bytes[9]) << 8) % 64 == 0)
    }
  }

  @Test func columnMajorIsTransposed() throws {
    let array = try parse(
      file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", [0, 10, 1, 11, 2, 12]))
    #expect(array.shape == [2, 3])
    #expect(array.integers() == [0, 1, 2, 10, 11, 12])
    let cube = try parse(
      file(
        "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 1, 3), }", [0, 10, 1, 11, 2, 12],
        version: 2))
    #expect(cube.shape == [2, 1, 3])
    #expect(cube.integers() == [0, 1, 2, 10, 11, 12])
  }

  @Test(
    arguments: [
      ("|b1", [1, 0], [1.0, 0]), ("|i1", [255, 1], [-1, 1]), ("<i2", [254, 255], [-2]),
      (">i2", [255, 254], [-2]),
      ("<u2", [255, 255], [65535]), (">f4", [0x3f, 0x80, 0, 0], [1]),
      ("<f2", [0, 0x3c, 0, 0xc5], [1, -5]),
      ("<f2", [1, 0], [0x1p-24]), ("<u4", [255, 255, 255, 255], [4_294_967_295]),
    ] as [(String, [UInt8], [Double])])
  func elementTypes(type: String, bytes: [UInt8], values: [Double]) throws {
    let array = try parse(
      file("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(values.count),), }", bytes))
    #expect(array.doubles() == values)
  }

  @Test func text() throws {
    let array = try parse(
      file(
        "{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }",
        [0x61, 0, 0, 0, 0x62, 0, 0, 0, 0xc4, 3, 0, 0, 0, 0, 0, 0]))
    #expect(array.texts() == ["ab", "τ"])
  }

  @Test func damaged() throws {
    let good = file(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", [UInt8](repeating: 0, count: 16))
    #expect(try parse(good).doubles() == [0, 0])
    for length in 1..<good.count {
      let e = error { () throws(DataError) in try parse(Array(good[..<length])) }
      switch e {
      case .truncated, .wrongFormat: break
      default: Issue.record("length \(length): \(String(describing: e))")
      }
    }
    guard case .corrupt = error(of: { () throws(DataError) in try parse(good + [0]) }) else {
      Issue.record("bytes after the array")
      return
    }
    for place in good.indices {
      for flip: UInt8 in [1, 0x10, 0x80, 0xff] {
        var bytes = good
        bytes[place] ^= flip
        _ = try? parse(bytes)
      }
    }
  }

  @Test(arguments: ["(99999999999, 99999999999)", "(9223372036854775807,)"]) func hugeShape(
    shape: String
  ) {
    let e = error { () throws(DataError) in
      try parse(file("{'descr': '<f8', 'fortran_order': False, 'shape': \(shape), }", []))
    }
    guard case .tooLarge = e else {
      Issue.record("\(String(describing: e))")
      return
    }
  }

  @Test func records() {
    let e = error { () throws(DataError) in
      try parse(file("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", []))
    }
    #expect(e?.found == "`the array` holds records of several values")
  }
}
