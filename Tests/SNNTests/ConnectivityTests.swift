import Foundation
import SNN
import SNNData
import SNNIR
import Testing

@testable import SNNRuntime

/// Which unit hears which, and through what weight, for every pattern that has structure: loops written here list the
/// synapses; potentials and gradients are those of the list.
@Suite struct ConnectivityTests {

  private func write(_ text: String, _ name: String, in folder: URL) throws -> String {
    let path = folder.appending(path: name).path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  // MARK: Kernels

  struct Kernel: Sendable, CustomStringConvertible {
    var source: [Int]
    var channels: Int
    var kernel: [Int]
    var stride = [1, 1]
    var padding = [0, 0]
    /// As written in the program.
    var arguments: String
    var description: String { arguments }

    func side(_ axis: Int) -> Int { (source[axis + 1] + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1 }
    var target: [Int] { [channels, side(0), side(1)] }

    /// Target (o, y, x) hears source (c, y s + i - p, x s + j - p): the kernel is not flipped.
    func synapses(pooling: Bool) -> [WiredPair.Synapse] {
      var result: [WiredPair.Synapse] = []
      let (height, width) = (source[1], source[2])
      for o in 0..<channels {
        for y in 0..<side(0) {
          for x in 0..<side(1) {
            for c in 0..<source[0] where !pooling || c == o {
              for i in 0..<kernel[0] {
                for j in 0..<kernel[1] {
                  let (row, column) = (y * stride[0] + i - padding[0], x * stride[1] + j - padding[1])
                  guard row >= 0, row < height, column >= 0, column < width else { continue }
                  result.append(
                    WiredPair.Synapse(
                      pre: (c * height + row) * width + column, post: (o * side(0) + y) * side(1) + x,
                      slot: pooling ? 0 : ((o * source[0] + c) * kernel[0] + i) * kernel[1] + j))
                }
              }
            }
          }
        }
      }
      return result
    }
  }

  private func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: ", ") }

  @Test(
    arguments: [
      Kernel(source: [1, 4, 4], channels: 1, kernel: [3, 3], arguments: "kernel = 3"),
      Kernel(
        source: [2, 5, 6], channels: 3, kernel: [3, 3], padding: [1, 1], arguments: "kernel = 3, padding = same"),
      Kernel(
        source: [2, 5, 7], channels: 2, kernel: [3, 2], stride: [2, 1], padding: [1, 0],
        arguments: "kernel = [3, 2], stride = [2, 1], padding = [1, 0], channels = 2"),
      Kernel(source: [3, 6, 6], channels: 2, kernel: [2, 2], stride: [3, 3], arguments: "kernel = 2, stride = 3"),
    ], ["bptt", "rtrl"])
  func convolutions(_ kernel: Kernel, _ rule: String) throws {
    let synapses = kernel.synapses(pooling: false)
    let count = kernel.channels * kernel.source[0] * kernel.kernel[0] * kernel.kernel[1]
    let pair = WiredPair(
      sources: kernel.source.reduce(1, *), targets: kernel.target.reduce(1, *), synapses,
      weights: (0..<count).map { 0.3 + 0.5 * sin(Double(3 * $0 + 1)) })
    let connection = "connect a -> b as w { pattern conv2d(\(kernel.arguments)), learnable weight = 0 }"
    let source = pair.source([connection], shapes: (text(kernel.source), text(kernel.target)), rule: rule)
    try pair.check(source, weights: ["w"], areGiven: true)
  }

  @Test(arguments: [
    Kernel(source: [2, 4, 6], channels: 2, kernel: [2, 2], stride: [2, 2], arguments: "kernel = 2"),
    Kernel(
      source: [3, 5, 5], channels: 3, kernel: [3, 3], stride: [2, 2], padding: [1, 1],
      arguments: "kernel = 3, stride = 2, padding = 1"),
  ])
  func poolings(_ kernel: Kernel) throws {
    let shapes = (text(kernel.source), text(kernel.target))
    // Without a weight, the mean of a window; with one, that number for all.
    for (items, weight) in [("", 1 / Double(kernel.kernel[0] * kernel.kernel[1])), (", learnable weight = 0.6", 0.6)] {
      let pair = WiredPair(
        sources: kernel.source.reduce(1, *), targets: kernel.target.reduce(1, *), kernel.synapses(pooling: true),
        weights: [weight])
      let connection = "connect a -> b as w { pattern pool2d(\(kernel.arguments))\(items) }"
      try pair.check(pair.source([connection], shapes: shapes), weights: items.isEmpty ? [] : ["w"])
    }
  }

  // MARK: Lists

  /// Rows in any order; indices are those of the population, also where slices are joined.
  private static let rows: [(pre: Int, post: Int, weight: Double, delay: Int)] = [
    (5, 1, 0.3, 4), (2, 3, -0.5, 1), (2, 1, 0.9, 2), (6, 2, 0.7, 9), (3, 1, 0.25, 3), (5, 3, 1.25, 1),
  ]

  /// As parameters are kept: by source, then by target.
  private var sorted: [(pre: Int, post: Int, weight: Double, delay: Int)] {
    Self.rows.sorted { ($0.pre, $0.post) < ($1.pre, $1.post) }
  }

  private func listed(delays: Bool) -> WiredPair {
    let synapses = sorted.enumerated().map {
      WiredPair.Synapse(pre: $1.pre, post: $1.post, slot: $0, delay: delays ? $1.delay : 1)
    }
    return WiredPair(sources: 8, targets: 5, synapses, weights: sorted.map(\.weight), rate: 0.2)
  }

  @Test(arguments: ["a -> b", "a[2 ..< 7] -> b[1 .. 3]"], [true, false])
  func listsFromTables(_ ends: String, _ delays: Bool) throws {
    try Reference.withFolder { folder in
      let lines = Self.rows.map { "\($0.weight),\($0.post),\($0.pre),\($0.delay)" }
      let path = try write((["size,to,from,lag"] + lines).joined(separator: "\n"), "edges.csv", in: folder)
      let columns = "pre = \"from\", post = \"to\", weight = \"size\"" + (delays ? ", delay = \"lag\"" : "")
      let connection = """
        connect \(ends) as w { pattern from csv("\(path)", \(columns)), learnable weight = listed }
        """
      let pair = listed(delays: delays)
      for threads in [1, 3] { try pair.check(pair.source([connection]), weights: ["w"], threads: threads) }
    }
  }

  @Test func listsFromHDF5() throws {
    try Reference.withFolder { folder in
      let path = folder.appending(path: "net.h5").path
      func column(_ values: [Double]) -> NDArray { NDArray(values) }
      try Reference.write(
        [
          "edges/sources": column(Self.rows.map { Double($0.pre) }),
          "edges/targets": column(Self.rows.map { Double($0.post) }),
          "edges/weights": column(Self.rows.map(\.weight)),
          "edges/delays": column(Self.rows.map { Double($0.delay) }),
        ], to: path)
      let columns = """
        pre = "edges/sources", post = "edges/targets", weight = "edges/weights", delay = "edges/delays"
        """
      let connection = "connect a -> b as w { pattern from hdf5(\"\(path)\", \(columns)), learnable weight = listed }"
      let pair = listed(delays: true)
      try pair.check(pair.source([connection]), weights: ["w"])
    }
  }

  /// Two synapses of one pair are two, each with its weight; where they are not meant, the second is an error.
  @Test func pairsListedTwice() throws {
    try Reference.withFolder { folder in
      let path = try write("pre,post,weight\n1,0,0.5\n0,1,0.25\n1,0,0.75\n", "edges.csv", in: folder)
      let pair = WiredPair(
        sources: 2, targets: 2,
        [
          WiredPair.Synapse(pre: 0, post: 1, slot: 0), WiredPair.Synapse(pre: 1, post: 0, slot: 1),
          WiredPair.Synapse(pre: 1, post: 0, slot: 2),
        ], weights: [0.25, 0.5, 0.75])
      func source(_ more: String) -> String {
        pair.source(["connect a -> b as w { pattern from csv(\"\(path)\"\(more)), learnable weight = listed }"])
      }
      try pair.check(source(", multapses = true"), weights: ["w"])
      #expect(Program.compile(source("")).hasErrors)
    }
  }

  // MARK: Distances

  /// Grids of 4 x 5 and 2 x 3 units about one middle, with spacings of 10 and 20 µm.
  private func distance(_ pre: Int, _ post: Int, periodic: Bool = false) -> Double {
    var dy = (Double(pre / 5) - 1.5) * 10 - (Double(post / 3) - 0.5) * 20
    var dx = (Double(pre % 5) - 2) * 10 - (Double(post % 3) - 1) * 20
    if periodic {
      // Round the box of the targets: 2 x 20 by 3 x 20 µm.
      dy -= 40 * (dy / 40).rounded()
      dx -= 60 * (dx / 60).rounded()
    }
    return (dy * dy + dx * dx).squareRoot()
  }

  @Test(arguments: [false, true]) func everythingOfTheDistance(_ periodic: Bool) throws {
    var synapses: [WiredPair.Synapse] = []
    var weights: [Double] = []
    for pre in 0..<20 {
      for post in 0..<6 {
        let distance = distance(pre, post, periodic: periodic)
        guard distance <= 24 else { continue }
        // 4 µm a tick.
        let delay = max(Int((distance / 4).rounded()), 1)
        synapses.append(WiredPair.Synapse(pre: pre, post: post, slot: weights.count, delay: delay))
        weights.append(0.8 * exp(-distance / 30))
      }
    }
    #expect(synapses.count > 20 && synapses.count < 120)
    let pair = WiredPair(sources: 20, targets: 6, synapses, weights: weights, rate: 0.2)
    let connection = """
      connect a -> b as w {
          pattern distance(radius = 24 um\(periodic ? ", periodic = true" : ""))
          learnable weight = 0.8 * exp(-distance / 30 um)
          delay = distance / (4 um / 1 ms)
        }
      """
    let source = pair.source(
      [connection], shapes: ("4, 5", "2, 3"), places: (" at grid(spacing = 10 um)", " at grid(spacing = 20 um)"))
    for threads in [1, 3] { try pair.check(source, weights: ["w"], threads: threads) }
  }

  /// Pairs at one distance are joined with its probability, independently: counts within four standard deviations.
  @Test func chanceOfTheDistance() throws {
    let source = """
      neuron N {
        state V = 0
        dV/dt = -V / 10 ms
        on input(w) { V += w }
        spike when V > 1
      }
      network Net {
        step 1 ms
        population a = N[400] at grid(20, 20, spacing = 10 um)
        connect a -> a as w { pattern distance(p = 0.9 * exp(-(distance / 25 um)^2), radius = 60 um), no self, weight = 1 }
      }
      task T of Net { run for 1 ms }
      """
    let session = try Session(try Reference.model(source))
    let relation = try #require(session.engine.plan.relations[0])
    var joined: [Int: Int] = [:]
    for (pre, post) in zip(relation.sources, relation.targets) {
      let (dy, dx) = (Int(pre) / 20 - Int(post) / 20, Int(pre) % 20 - Int(post) % 20)
      joined[dy * dy + dx * dx, default: 0] += 1
    }
    var pairs: [Int: Int] = [:]
    for dy in -19...19 {
      for dx in -19...19 { pairs[dy * dy + dx * dx, default: 0] += (20 - abs(dy)) * (20 - abs(dx)) }
    }
    #expect(joined[0] == nil && joined.keys.allSatisfy { $0 <= 36 })
    for (square, count) in pairs where square > 0 && square <= 36 {
      let p = 0.9 * exp(-Double(square) * 100 / 625)
      let (mean, deviation) = (Double(count) * p, (Double(count) * p * (1 - p)).squareRoot())
      #expect(abs(Double(joined[square] ?? 0) - mean) < 4 * deviation, "\(square)")
    }
  }
}
