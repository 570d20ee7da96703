#if HDF5
  import SNNData
  import Testing

  @Suite struct HDF5WriteTests {
    private func document(reversed: Bool = false) throws -> HDF5Document {
      var document = HDF5Document()
      let entries: [(String, NDArray)] = [
        ("/parameters/w", try NDArray(shape: [2, 3], [1, -2, 3, 4, 5, 1e-300], unit: "mV")),
        ("/parameters/deep/er/f", try NDArray(shape: [2], [Float(0.1), -0], axes: ["sample"])),
        ("/i32", try NDArray(shape: [2, 1, 2], elements: .int32([.min, -1, 0, .max]))),
        ("/i64", NDArray([Int.min, .max])),
        ("/u8", try NDArray(shape: [3], elements: .uint8([0, 1, 255]))),
        ("/text", NDArray(["Space", "", "τ"])),
        ("/scalar", NDArray(0.5)),
        ("/one text", NDArray("x")),
        ("/none", try NDArray(shape: [0, 4], [Double]())),
        ("/no text", NDArray([String]())),
      ]
      for (path, array) in reversed ? entries.reversed() : entries { document.put(array, at: path) }
      document.setAttribute("about", to: NDArray("a test"))
      document.setAttribute("seed", of: "/state", to: NDArray(7))
      document.setAttribute("names", of: "/state", to: NDArray(["a", "bcd"]))
      return document
    }

    @Test func roundTrip() throws {
      let scratch = Scratch()
      let written = try document()
      try written.save(to: scratch["a.h5"])
      let file = try HDF5File(reading: scratch["a.h5"])
      let names = try file.datasetNames()
      #expect(names.count == 10)
      for name in names {
        var again = HDF5Document()
        again.put(try file.read(name), at: name)
        var once = HDF5Document()
        once.put(try #require(written.datasets["/" + name]), at: name)
        #expect(again == once, "\(name)")
      }
      #expect(try file.read("parameters/w").unit == "mV")
      #expect(try file.attribute("about")?.texts() == ["a test"])
      #expect(try file.attribute("seed", of: "state")?.integers() == [7])
      #expect(try file.attribute("names", of: "state")?.texts() == ["a", "bcd"])
    }

    @Test func sameContentSameBytes() throws {
      let bytes = try document().bytes()
      #expect(try document(reversed: true).bytes() == bytes)
      let scratch = Scratch()
      try document().save(to: scratch["one.h5"])
      try document().save(to: scratch["another.h5"])
      #expect(scratch.bytes(of: "one.h5") == bytes)
      #expect(scratch.bytes(of: "another.h5") == bytes)
    }

    /// Whatever lay in the memory before must not come into the file.
    @Test func bytesDoNotDependOnOldMemory() throws {
      let bytes = try document().bytes()
      for round in 1...20 {
        let litter = (1...200).map { [UInt8](repeating: UInt8(round * 11 & 255), count: $0 * 97) }
        #expect(litter.count == 200)
        #expect(try document().bytes() == bytes, "round \(round)")
      }
    }

    @Test func oneNameForTwoThings() throws {
      var document = HDF5Document()
      document.put(NDArray(1.0), at: "/a")
      document.put(NDArray(2.0), at: "/a/b")
      #expect(
        error { () throws(DataError) in try document.bytes(named: "x.h5") }
          == .wrongKind(
            file: "x.h5", name: "/a", found: "a dataset and a group", expected: "one of them"))
    }
  }
#endif
