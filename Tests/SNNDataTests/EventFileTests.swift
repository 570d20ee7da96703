#if HDF5
  import Testing

  @testable import SNNData

  @Suite struct EventFileTests {
    @Test func heidelbergLayout() throws {
      let file = try EventFile(reading: fixture("events.h5"))
      #expect(file.count == 3)
      #expect(file.labels == [4, 0, 19])
      #expect(file.classNames == ["zero", "one"])
      #expect(file.unitCount == 700)
      let first = try file.events(of: 0)
      #expect(first.times == [0.125, 0.25, 0.5] && first.units == [3, 699, 0])
      #expect(try file.events(of: 1).times.isEmpty)
      #expect(try file.events(of: 2).units == [7])
      #expect(throws: DataError.self) { try file.events(of: 3) }
    }

    @Test func otherLayout() {
      let e = error { () throws(DataError) in try EventFile(reading: example("braille.h5")) }
      #expect(
        e
          == .missing(
            file: example("braille.h5"), kind: "dataset", name: "/spikes/times",
            available: ["/label", "/letters", "/taxels"]))
    }

    /// Lists are looked through in blocks; a sample beyond the first is named by its own number.
    @Test func manySamples() throws {
      let count = 130
      func made(_ bad: Int?) throws(DataError) -> EventFile {
        let offsets = (0...count).map { 2 * $0 }
        let times = (0..<2 * count).map { Double($0) * 1e-3 }
        let units = (0..<2 * count).map { $0 == bad ? -1.0 : Double($0 % 7) }
        return try EventFile(
          source: "e", times: try RaggedArray(values: NDArray(times), offsets: offsets),
          units: try RaggedArray(values: NDArray(units), offsets: offsets), labels: NDArray((0..<count).map { $0 % 3 }),
          classNames: [])
      }
      let file = try made(nil)
      let events = try file.events(of: 100)
      #expect(events.times == [0.2, 0.201] && events.units == [200 % 7, 201 % 7])
      #expect(file.lastTime(of: 129) == 0.259 && file.unitCount == 7)
      let fault = error { () throws(DataError) in try made(201) }
      #expect(fault?.found == "index -1 of spikes/units at sample 100")
    }

    @Test func whatCannotBe() throws {
      func made(_ times: [Double], _ units: [Double], _ offsets: [Int] = [0, 1, 2], labels: [Int] = [0, 1])
        -> DataError?
      {
        error { () throws(DataError) in
          try EventFile(
            source: "e", times: try RaggedArray(values: NDArray(times), offsets: offsets),
            units: try RaggedArray(values: NDArray(units), offsets: [0, 1, 2]), labels: NDArray(labels), classNames: [])
        }
      }
      guard case .notFinite("e", "spikes/times", 1, [0], _) = made([0, .nan], [0, 0]) else {
        Issue.record("NaN")
        return
      }
      #expect(made([-0.5, 0], [0, 0])?.found == "`spikes/times` holds -0.5 at sample 0, event 0")
      #expect(made([0, 0], [0, 0.5])?.found == "`spikes/units` holds fractions")
      #expect(made([0, 0], [0, -1])?.found == "index -1 of spikes/units at sample 1")
      #expect(
        made([0, 0], [0, 0], [0, 2, 2])
          == .wrongShape(file: "e", name: "spikes/units of sample 0", found: [1], expected: [2]))
      #expect(
        made([0, 0], [0, 0], labels: [0])
          == .lengthsDiffer(file: "e", first: "spikes/times", firstLength: 2, second: "labels", secondLength: 1))
    }
  }
#endif
