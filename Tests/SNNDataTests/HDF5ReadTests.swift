#if HDF5
  @testable import SNNData
  import Testing

  @Suite struct HDF5ReadTests {
    @Test func braille() throws {
      let set = try Dataset.hdf5(
        example("braille.h5"), fields: [("sample", "taxels"), ("label", "label")])
      let sample = try set.field("sample")
      #expect(sample.shape == [1350, 76, 12])
      #expect(sample.axes == ["sample", "time", "unit"])
      // 50 trials of each of 27 letters, in order.
      #expect(set.labels == (0..<1350).map { $0 / 50 })
      let file = try HDF5File(reading: example("braille.h5"))
      #expect(try file.read("letters").texts()?.prefix(2) == ["Space", "A"])
      #expect(try file.attribute("step_ms", of: "taxels")?.scalar == 2)
      #expect(try file.datasetNames() == ["label", "letters", "taxels"])
      #expect(try file.shape(of: "taxels") == [1350, 76, 12])
    }

    /// Only taxels 1, 2, 6 and 10 vary, as the data's description says.
    @Test func selectedTaxelsVary() throws {
      let set = try Dataset.hdf5(example("braille.h5"), fields: [("sample", "taxels")])
      for unit in 0..<12 {
        let one = try set.selecting([unit], along: "unit").field("sample")
        #expect(one.shape == [1350, 76, 1])
        let values = Set(one.integers() ?? [])
        #expect((values.count > 1) == [1, 2, 6, 10].contains(unit), "taxel \(unit)")
      }
    }

    @Test func kinds() throws {
      let file = try HDF5File(reading: fixture("kinds.h5"))
      for type in ["int8", "int16", "int32", "int64"] {
        #expect(try file.read("numbers/\(type)").integers() == [-1, 0, 100], "\(type)")
      }
      for type in ["uint8", "uint16", "uint32", "uint64"] {
        #expect(try file.read("numbers/\(type)").integers() == [0, 100, 255], "\(type)")
      }
      for type in ["float16", "float32", "float64"] {
        let array = try file.read("/numbers/\(type)")
        #expect(array.shape == [2, 2])
        #expect(array.doubles() == [0.5, -1.25, 0, 3], "\(type)")
      }
      #expect(try file.read("numbers/big_endian").doubles() == [1.5, 2.5])
      #expect(try file.read("numbers/bool").integers() == [1, 0, 1])
      #expect(try file.read("scalar") == NDArray(2.5))
      #expect(try file.read("text/fixed").texts() == ["Space", "A", "Bc"])
      #expect(try file.read("text/variable").texts() == ["alpha", "", "τ_mem"])
      #expect(try file.read("packed").integers() == Array(0..<1000))
    }

    @Test func attributesAndRows() throws {
      let file = try HDF5File(reading: fixture("kinds.h5"))
      let cube = try file.read("cube")
      #expect(cube.unit == "mV")
      #expect(cube.axes == ["sample", "time", "unit"])
      let attributes = try file.attributes(of: "cube")
      #expect(attributes.keys.sorted() == ["axes", "list", "step", "unit"])
      #expect(attributes["list"]?.integers() == [1, 2, 3])
      #expect(attributes["step"]?.scalar == 0.5)
      #expect(try file.attribute("none", of: "cube") == nil)
      let rows = try file.read("cube", rows: 1..<3)
      #expect(rows.shape == [2, 3, 2])
      #expect(rows.doubles() == (6..<18).map(Double.init))
      #expect(try file.read("cube", rows: 2..<2).shape == [0, 3, 2])
      #expect(
        error { () throws(DataError) in try file.read("cube", rows: 3..<5) }
          == .outOfRange(file: file.path, name: "`/cube`", index: 4, allowed: 0..<4))
      guard
        case .wrongRank = error(of: { () throws(DataError) in try file.read("scalar", rows: 0..<1) }
        )
      else {
        Issue.record("a scalar has no rows")
        return
      }
    }

    @Test func listingEndsInSpiteOfCyclesAndLinks() throws {
      let file = try HDF5File(reading: fixture("kinds.h5"))
      let entries = try file.entries()
      #expect(entries.contains(HDF5Entry(path: "/group", shape: nil)))
      #expect(entries.contains(HDF5Entry(path: "/cube", shape: [4, 3, 2])))
      #expect(!entries.contains { $0.path.hasPrefix("/group/") })
      #expect(try file.datasetNames(under: "text") == ["fixed", "variable"])
      #expect(file.contains("text") && file.contains("/text/fixed") && !file.contains("text/none"))
    }

    @Test func whatCannotBeRead() throws {
      let file = try HDF5File(reading: fixture("kinds.h5"))
      let missing = error { () throws(DataError) in try file.read("text/fixd") }
      guard case .missing(file.path, "dataset", "/text/fixd", let available) = missing else {
        Issue.record("\(String(describing: missing))")
        return
      }
      #expect(available.contains("/text/fixed") && available.contains("/cube"))
      #expect(missing?.hint?.hasPrefix("did you mean `/text/fixed`?") == true)
      let group = error { () throws(DataError) in try file.read("text") }
      #expect(group?.found == "`/text` is a group of /text/fixed, /text/variable")
      #expect(
        error { () throws(DataError) in try file.read("record") }?.found
          == "`/record` holds records of several values")
      #expect(
        error { () throws(DataError) in try file.read("nothing") }
          == .empty(file: file.path, what: "`/nothing`"))
      #expect(
        error { () throws(DataError) in try file.read("numbers/too_big") }?.found
          == "`/numbers/too_big` holds the integer 18446744073709551615, beyond 2^63 - 1")
      guard case .missing = error(of: { () throws(DataError) in try file.entries(under: "no") })
      else {
        Issue.record("no such group")
        return
      }
    }

    @Test func wrongRank() {
      let e = error { () throws(DataError) in
        try Dataset.hdf5(
          fixture("kinds.h5"), fields: [("sample", "cube"), ("label", "numbers/float64")])
      }
      #expect(
        e
          == .lengthsDiffer(
            file: fixture("kinds.h5"), first: "sample", firstLength: 4, second: "label",
            secondLength: 2))
      let rank = error { () throws(DataError) in
        try Dataset.hdf5(fixture("kinds.h5"), fields: [("label", "numbers/float64")])
      }
      #expect(
        rank
          == .wrongRank(
            file: fixture("kinds.h5"), name: "label", shape: [2, 2],
            expected: "one class number per sample: rank 1"))
    }

    /// Whole numbers in wide elements take a byte each; one number that is none keeps the file's type.
    @Test func wholeNumbersAreNarrowed() throws {
      let scratch = Scratch()
      let shape = [5, 300, 700]
      let count = shape.reduce(1, *)
      var values = (0..<count).map { Float($0 % 256) }
      for (last, isNarrow) in [(Float(255), true), (0.5, false), (256, false), (-1, false), (.nan, false)] {
        values[count - 1] = last
        var document = HDF5Document()
        document.put(try NDArray(shape: shape, values, axes: ["sample", "time", "unit"], unit: "mV"), at: "/x")
        let path = scratch.put(try document.bytes(), as: "wide.h5")
        let array = try HDF5File(reading: path).readNarrowed("x")
        #expect(array.shape == shape && array.axes == ["sample", "time", "unit"] && array.unit == "mV")
        switch array.elements {
        case .uint8(let bytes): #expect(isNarrow && bytes.elementsEqual(values.map { UInt8($0) }))
        case .float32(let found): #expect(!isNarrow && found.dropLast().elementsEqual(values.dropLast()))
        default: Issue.record("\(array.elements.typeName)")
        }
        #expect(array.doubles(in: 299..<302) == [43, 44, 45])
      }
    }

    @Test func damagedFiles() throws {
      let scratch = Scratch()
      var document = HDF5Document()
      document.put(try NDArray(shape: [10, 10], (0..<100).map(Double.init)), at: "/a/b")
      let bytes = try document.bytes()
      // Every length: an error each time, and never a crash.
      for length in stride(from: 0, to: bytes.count, by: 37) {
        let path = scratch.put(Array(bytes[..<length]), as: "short.h5")
        let e = error { () throws(DataError) in try HDF5File(reading: path).read("/a/b") }
        switch e {
        case .truncated, .corrupt, .empty, .wrongFormat: break
        default: Issue.record("length \(length): \(String(describing: e))")
        }
      }
      let half = scratch.put(Array(bytes[..<(bytes.count / 2)]), as: "half.h5")
      guard
        case .truncated(half, _) = error(of: { () throws(DataError) in try HDF5File(reading: half) }
        )
      else {
        Issue.record("half a file is a truncated one")
        return
      }
      // Metadata carries checksums: a flipped byte is an error or is in the raw data, of which it changes one number.
      for place in stride(from: 0, to: bytes.count, by: 11) {
        var flipped = bytes
        flipped[place] ^= 0x55
        let path = scratch.put(flipped, as: "flipped.h5")
        if let array = try? HDF5File(reading: path).read("/a/b"), array.shape == [10, 10],
          let values = array.doubles()
        {
          #expect(values.indices.count { values[$0] != Double($0) } <= 1, "byte \(place)")
        }
      }
    }

    @Test func otherFormats() {
      let scratch = Scratch()
      let text = scratch.put("a,b\n1,2\n", as: "table.h5")
      let e = error { () throws(DataError) in try HDF5File(reading: text) }
      #expect(
        e
          == .wrongFormat(
            file: text, expected: "an HDF5 file, which begins with the bytes 89 48 44 46",
            found: "it begins with the text `a,b`"))
      let empty = scratch.put("", as: "empty.h5")
      #expect(
        error { () throws(DataError) in try HDF5File(reading: empty) }
          == .empty(file: empty, what: "the file"))
      let folder = scratch.path
      #expect(
        error { () throws(DataError) in try HDF5File(reading: folder) }
          == .cannotOpen(file: folder, reason: "it is a folder"))
      let none = scratch["none.h5"]
      #expect(
        error { () throws(DataError) in try HDF5File(reading: none) }
          == .cannotOpen(file: none, reason: "no such file"))
    }

    @Test func ragged() throws {
      let file = try HDF5File(reading: fixture("events.h5"))
      let times = try file.readRagged("spikes/times")
      #expect(times.offsets == [0, 3, 3, 4])
      #expect(times.values.doubles() == [0.125, 0.25, 0.5, 0.0625])
      #expect(try file.readRagged("spikes/units").values.integers() == [3, 699, 0, 7])
      guard case .wrongType = error(of: { () throws(DataError) in try file.readRagged("labels") })
      else {
        Issue.record("labels are no lists")
        return
      }
      guard case .wrongType = error(of: { () throws(DataError) in try file.read("spikes/times") })
      else {
        Issue.record("lists are no array")
        return
      }
    }

    @Test func manyThreadsAtOnce() async throws {
      let cube = try HDF5File(reading: fixture("kinds.h5")).read("cube")
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<16 {
          group.addTask {
            (0..<20).allSatisfy { _ in
              (try? HDF5File(reading: fixture("kinds.h5")).read("cube")) == cube
            }
          }
        }
        for await same in group { #expect(same) }
      }
    }
  }
#endif
