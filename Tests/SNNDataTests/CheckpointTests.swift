#if HDF5
  import SNNData
  import Testing

  @Suite struct CheckpointTests {
    private func checkpoint() throws -> Checkpoint {
      Checkpoint(
        manifest: Checkpoint.Manifest(programHash: "abc", version: "0.1", options: ["precision": "f32"]),
        parameters: [
          "w_in": try NDArray(shape: [2, 3], [Float(1), 2, 3, 4, 5, -0.1]),
          "hidden.tau_mem": NDArray([10, 20.5], unit: "ms"), "theta": NDArray(1.0),
        ],
        optimiser: ["w_in/m": try NDArray(shape: [2, 3], [0, 0, 0, 0, 1e-9, 0]), "w_in/v": NDArray(0.5)],
        state: Checkpoint.TrainingState(
          epoch: 3, batch: 7, step: 42, seed: .max - 5, arrays: ["curve": NDArray([0.1, .nan])]))
    }

    @Test func roundTrip() throws {
      let scratch = Scratch()
      try checkpoint().save(to: scratch["c.h5"])
      var read = try Checkpoint(reading: scratch["c.h5"])
      // NaN is not equal to itself; everything else is compared below.
      let curve = try #require(read.state.arrays.removeValue(forKey: "curve")?.doubles())
      #expect(curve[0] == 0.1 && curve[1].isNaN)
      var written = try checkpoint()
      written.state.arrays = [:]
      #expect(read == written)
      #expect(read.parameters["hidden.tau_mem"]?.unit == "ms")
    }

    @Test func emptyOne() throws {
      let scratch = Scratch()
      try Checkpoint().save(to: scratch["c.h5"])
      #expect(try Checkpoint(reading: scratch["c.h5"]) == Checkpoint())
    }

    @Test func savingAgainGivesTheSameBytes() throws {
      let scratch = Scratch()
      try checkpoint().save(to: scratch["a.h5"])
      try Checkpoint(reading: scratch["a.h5"]).save(to: scratch["b.h5"])
      #expect(scratch.bytes(of: "a.h5") == scratch.bytes(of: "b.h5"))
      var other = try checkpoint()
      other.state.step += 1
      try other.save(to: scratch["b.h5"])
      #expect(scratch.bytes(of: "a.h5") != scratch.bytes(of: "b.h5"))
    }

    /// Whatever byte is damaged: an error, or a byte that nothing reads, never a wrong number.
    @Test func everyDamageIsNoticed() throws {
      let scratch = Scratch()
      var original = try checkpoint()
      original.state.arrays = [:]
      try original.save(to: scratch["c.h5"])
      let bytes = scratch.bytes(of: "c.h5")
      var refused = 0
      for place in stride(from: 0, to: bytes.count, by: 7) {
        var damaged = bytes
        damaged[place] ^= 0x81
        let path = scratch.put(damaged, as: "damaged.h5")
        if let read = try? Checkpoint(reading: path) {
          #expect(read == original, "byte \(place)")
        } else {
          refused += 1
        }
      }
      #expect(refused > 100)
      for length in stride(from: 0, to: bytes.count, by: 501) {
        let path = scratch.put(Array(bytes[..<length]), as: "short.h5")
        _ = error { () throws(DataError) in try Checkpoint(reading: path) }
      }
    }

    @Test func otherFiles() throws {
      let e = error { () throws(DataError) in try Checkpoint(reading: fixture("events.h5")) }
      guard case .wrongFormat = e else {
        Issue.record("\(String(describing: e))")
        return
      }
      let none = error { () throws(DataError) in try ParameterFile.read(fixture("kinds.h5")) }
      guard case .missing(_, "group", "/parameters", let groups) = none else {
        Issue.record("\(String(describing: none))")
        return
      }
      #expect(groups == ["/group", "/numbers", "/text"])
    }

    @Test func newerFormat() throws {
      let scratch = Scratch()
      var document = HDF5Document()
      document.setAttribute("format", of: "/manifest", to: NDArray("snn checkpoint"))
      document.setAttribute("format_version", of: "/manifest", to: NDArray(99))
      try document.save(to: scratch["c.h5"])
      guard case .unsupported = error(of: { () throws(DataError) in try Checkpoint(reading: scratch["c.h5"]) }) else {
        Issue.record("format 99")
        return
      }
    }

    @Test func parametersAreMatched() throws {
      let scratch = Scratch()
      try checkpoint().save(to: scratch["c.h5"])
      let arrays = try ParameterFile.read(scratch["c.h5"])
      let shapes = ["w_in": [2, 3], "hidden.tau_mem": [2, 1], "theta": [1]]
      let matched = try ParameterFile.match(arrays, to: shapes, file: "c.h5")
      #expect(matched["hidden.tau_mem"]?.shape == [2, 1] && matched["hidden.tau_mem"]?.unit == "ms")
      #expect(matched["theta"]?.shape == [1])
      var other = shapes
      other["w_in"] = [3, 2]
      #expect(
        error { () throws(DataError) in try ParameterFile.match(arrays, to: other, file: "c.h5") }
          == .wrongShape(file: "c.h5", name: "w_in", found: [2, 3], expected: [3, 2]))
      other["w_in"] = nil
      let unexpected = error { () throws(DataError) in try ParameterFile.match(arrays, to: other, file: "c.h5") }
      #expect(
        unexpected == .unexpected(file: "c.h5", kind: "parameter", name: "w_in", known: ["hidden.tau_mem", "theta"]))
      other = shapes
      other["w_out"] = [1, 2]
      let missing = error { () throws(DataError) in try ParameterFile.match(arrays, to: other, file: "c.h5") }
      #expect(missing?.found == "no parameter `w_out`")
      #expect(try ParameterFile.match(arrays, to: other, file: "c.h5", isPartial: true).count == 3)
    }

    @Test func parametersMustBeFinite() throws {
      let scratch = Scratch()
      try ParameterFile.write(["w": try NDArray(shape: [1, 2], [1, Double.infinity])], to: scratch["p.h5"])
      #expect(
        error { () throws(DataError) in try ParameterFile.read(scratch["p.h5"]) }
          == .wrongType(file: scratch["p.h5"], name: "w", found: "inf at [0, 1]", expected: "finite numbers"))
    }

    @Test func blackBoxFiles() throws {
      let scratch = Scratch()
      var document = HDF5Document()
      document.put(try NDArray(shape: [2, 3, 4], [Double](repeating: 1, count: 24)), at: "/data/pixels")
      document.put(NDArray([0, 1]), at: "/data/label")
      try document.save(to: scratch["b.h5"])
      let batch = try BlackBox.readBatch(scratch["b.h5"])
      #expect(batch.count == 2 && batch.labels == [0, 1])
      #expect(try BlackBox.input("pixels", units: 4, of: batch).axes == ["sample", "time", "unit"])
      #expect(
        error { () throws(DataError) in try BlackBox.input("pixels", units: 5, of: batch) }
          == .wrongShape(file: scratch["b.h5"], name: "/data/pixels", found: [2, 3, 4], expected: [2, 3, 5]))
      guard case .wrongRank = error(of: { () throws(DataError) in try BlackBox.input("label", units: 1, of: batch) })
      else {
        Issue.record("a label is no input")
        return
      }
      let results = BlackBox.Results(
        loss: 0.25, gradients: ["w": NDArray([1.0, 2])],
        records: ["hidden.U": try NDArray(shape: [1, 2, 1], [3.0, 4], axes: ["sample", "time", "unit"], unit: "mV")])
      try results.save(to: scratch["g.h5"])
      #expect(try BlackBox.Results(reading: scratch["g.h5"]) == results)
      #expect(try HDF5File(reading: scratch["g.h5"]).datasetNames() == ["gradients/w", "loss", "records/hidden.U"])
    }

    #if os(Linux)
      @Test func fullDisk() throws {
        let e = error { () throws(DataError) in try checkpoint2().save(to: "/dev/full") }
        #expect(e == .cannotWrite(file: "/dev/full", operation: "write", reason: "no space left on the disk"))
      }

      private func checkpoint2() throws(DataError) -> Checkpoint { Checkpoint(parameters: ["w": NDArray([1.0])]) }
    #endif
  }
#endif
