import Foundation
import SNNData
import Testing

@Suite struct GeneratedSetTests {
  struct Published: Decodable {
    struct Set: Decodable {
      var size: Int
      var counts: [Int]
      var sum_x: Double
      var sum_y: Double
      var first10: [[Double]]
    }
    var sets: [String: Set]
  }

  /// `Fixtures/yinyang.json` was drawn with NumPy's `RandomState` by the authors' program (Kriener et al. 2022).
  @Test func yinYangIsThePublishedSet() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/yinyang.json"
    let file = try JSONDecoder().decode(
      Published.self, from: try #require(FileManager.default.contents(atPath: path)))
    #expect(file.sets.count == 3)
    for (seed, expected) in file.sets {
      let set = try GeneratedSets.yinYang(samples: expected.size, seed: try #require(UInt64(seed)))
      let points = try #require(try set.field("sample").doubles())
      let labels = try #require(set.labels)
      #expect((0..<3).map { k in labels.filter { $0 == k }.count } == expected.counts)
      for (k, row) in expected.first10.enumerated() {
        #expect(points[4 * k] == row[0] && points[4 * k + 1] == row[1] && Double(labels[k]) == row[2])
        #expect(points[4 * k + 2] == 1 - row[0] && points[4 * k + 3] == 1 - row[1])
      }
      let sums = (0..<2).map { axis in stride(from: axis, to: points.count, by: 4).reduce(0) { $0 + points[$1] } }
      #expect(abs(sums[0] - expected.sum_x) < 1e-9 && abs(sums[1] - expected.sum_y) < 1e-9)
    }
  }

  @Test func xorHasItsFourCases() throws {
    let set = try GeneratedSets.xorInTime(early: 0, late: 2)
    #expect(try set.field("sample").doubles() == [0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 2, 0])
    #expect(set.labels == [0, 1, 1, 0])
    #expect(throws: DataError.self) { try GeneratedSets.xorInTime(early: 2, late: 1) }
  }

  /// Times fill 0 … duration in every unit of every class, and neighbours on a one-dimensional manifold are neighbours
  /// in time: a smoother manifold (greater alpha) has the smaller mean jump between samples sorted by one unit's time.
  @Test func randmanIsSmooth() throws {
    func jump(_ alpha: Double) throws -> Double {
      let set = try GeneratedSets.randman(
        samples: 400, units: 5, classes: 2, dimensions: 1, alpha: alpha, duration: 50, seed: 3)
      let times = try #require(try set.field("sample").doubles())
      let labels = try #require(set.labels)
      var total = 0.0
      for label in 0..<2 {
        let rows = (0..<400).filter { labels[$0] == label }
        for unit in 0..<5 {
          let own = rows.map { times[$0 * 5 + unit] }
          #expect(own.min() == 0 && own.max() == 50)
        }
        let sorted = rows.sorted { times[$0 * 5] < times[$1 * 5] }
        for (a, b) in zip(sorted, sorted.dropFirst()) { total += abs(times[a * 5 + 1] - times[b * 5 + 1]) }
      }
      return total
    }
    let (rough, smooth) = (try jump(1), try jump(3))
    #expect(smooth < rough)
  }

  /// Group rates follow the cues, and the label is the side with more of them.
  @Test func evidenceAgreesWithItsCues() throws {
    let times = GeneratedSets.EvidenceTimes(cue: 100, gap: 50, delay: 100, recall: 50)
    let set = try GeneratedSets.evidence(
      samples: 20, units: 40, cues: 3, times: times, rate: 400, noise: 0, step: 1, seed: 1)
    let array = try set.field("sample")
    #expect(array.shape == [20, 600, 40])
    let flags = try #require(array.doubles())
    let labels = try #require(set.labels)
    for sample in 0..<20 {
      func count(_ ticks: Range<Int>, _ units: Range<Int>) -> Double {
        var sum = 0.0
        for tick in ticks { for unit in units { sum += flags[(sample * 600 + tick) * 40 + unit] } }
        return sum
      }
      let rights = (0..<3).filter { cue in
        let during = (150 * cue)..<(150 * cue + 100)
        #expect(count(during.upperBound..<(during.upperBound + 50), 0..<20) == 0)
        return count(during, 10..<20) > count(during, 0..<10)
      }
      #expect(labels[sample] == (rights.count > 1 ? 1 : 0))
      #expect(count(0..<550, 20..<40) == 0 && count(550..<600, 20..<30) > 0)
    }
    #expect(Set(labels) == [0, 1])
  }

  @Test func targetsHaveTheirShapes() throws {
    let spikes = try GeneratedSets.spikeTarget(units: 10, steps: 100, rate: 20, spikes: 5, step: 1, seed: 0)
    let target = try #require(try spikes.field("target").doubles())
    #expect(target.indices.filter { target[$0] == 1 } == [10, 30, 50, 70, 90])
    let pattern = try GeneratedSets.patternGeneration(
      samples: 2, units: 3, steps: 200, rate: 10, outputs: 3, step: 1, seed: 0)
    let waves = try pattern.field("target")
    #expect(waves.shape == [2, 200, 3])
    #expect(waves.doubles()?.map(abs).max() == 1)
    let poisson = try GeneratedSets.poisson(samples: 4, units: 50, steps: 500, rate: 20, step: 1, seed: 5)
    let mean = try #require(try poisson.field("sample").doubles()).reduce(0, +) / Double(4 * 50 * 500)
    // 2000 spikes expected, with a deviation of 44.
    #expect(abs(mean - 0.02) < 0.002)
    #expect(throws: DataError.self) {
      try GeneratedSets.poisson(samples: 1, units: 1, steps: 1, rate: 2000, step: 1, seed: 0)
    }
  }
}
