import Foundation
import SNN
import SNNIR
import Testing

/// The interpolated loss of Neftci, Mostafa & Zenke (2019): what the surrogate gradient says along a line of parameters
/// against what the loss does there.
@Suite struct LossLandscapeTests {
  static func model() throws -> Model {
    let file = TidyTests.root.appending(path: "examples/loss_landscape.snn")
    return try Reference.model(try String(contentsOf: file, encoding: .utf8))
  }

  /// A session as it was drawn and where training left it.
  static func trained(_ seed: UInt64) throws -> (session: Session, start: ParameterPoint, end: ParameterPoint) {
    let session = try Session(try model(), options: SessionOptions(precision: .f64, seed: seed), gradient: true)
    let start = session.point
    try Trainer(session).train()
    return (session, start, session.point)
  }

  @Test(arguments: [UInt64(2), 5, 6]) func hardSpikesMakeAStaircase(_ seed: UInt64) throws {
    let (session, start, end) = try Self.trained(seed)
    let output = try #require(session.parameter("w_out"))
    let landscape = try LossLandscape(LossLine(session, from: start, to: end, moving: ["w_in"]), steps: 1000)
    let flat = landscape.differences.count { $0 == 0 }
    #expect(flat > 30, "the loss changes nearly everywhere: flat on \(flat) of 1000")
    #expect(landscape.flatShare == Double(flat) / 1000)
    #expect(landscape.slopes.allSatisfy { $0 != 0 && $0.isFinite })
    #expect(landscape.deadShare == 0)
    // Means over 50 neighbours, and where they agree, in plain loops.
    var agree = 0
    for start in 0...950 {
      var sums = (0.0, 0.0)
      for place in start..<(start + 50) {
        sums.0 += landscape.differences[place]
        sums.1 += landscape.slopes[place]
      }
      if (sums.0 < 0) == (sums.1 < 0) { agree += 1 }
    }
    #expect(agree > 951 * 8 / 10, "one sign at \(agree) of 951")
    #expect(abs(landscape.agreement - Double(agree) / 951) < 0.01)
    // Its ends are the two networks.
    try session.reset()
    try session.setParameter("w_out", output)
    #expect(landscape.losses[0] == (try session.evaluate(0).loss))
    #expect(landscape.losses.count == 1001)
  }

  /// Smooth spikes with every path kept: the slope is the derivative, everywhere.
  @Test func softSpikesHaveTheSlopeOfTheLoss() throws {
    let (hard, start, end) = try Self.trained(5)
    var rule = try #require(hard.model.task.learning)
    rule.spikes = .soft
    rule.reset = .keep
    let session = try Session(hard.model, options: SessionOptions(precision: .f64, seed: 5), gradient: true, rule: rule)
    let line = try LossLine(session, from: start, to: end)
    var largest = 0.0
    var slopes: [(position: Double, slope: Double, difference: Double)] = []
    for step in 0..<40 {
      let position = (Double(step) + 0.37) / 40
      // Central differences of sixth order.
      let h = 5e-5
      func difference(_ k: Double) throws -> Double {
        try line.loss(at: position + k * h) - line.loss(at: position - k * h)
      }
      let estimate = try (45 * difference(1) - 9 * difference(2) + difference(3)) / (60 * h)
      slopes.append((position, try line.slope(at: position), estimate))
      largest = max(largest, abs(estimate))
    }
    #expect(largest > 1)
    for place in slopes {
      #expect(abs(place.slope - place.difference) < 1e-7 * largest, "\(place)")
    }
  }

  @Test func linesThatAreNone() throws {
    let session = try Session(try Self.model(), options: SessionOptions(precision: .f64), gradient: true)
    let point = session.point
    #expect(throws: SNNError.self) { try LossLine(session, from: point, to: point) }
    #expect(throws: SNNError.self) { try LossLine(session, from: point, to: point, moving: ["w_none"]) }
  }
}
