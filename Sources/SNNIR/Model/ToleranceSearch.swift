import RealModule

/// The fewest Runge-Kutta substeps whose error in one tick stays within a tolerance wherever a neuron's own course leads
/// it: from its initial state, after an arrival at each of its ports, from the threshold, and on from its resets. Every
/// unit then takes the same steps, so that bits and gradients are what they are with any other method.
public struct ToleranceSearch: Sendable {
  public private(set) var substeps = 1
  /// The largest error of one tick, relative to the range that the state moves through.
  public private(set) var error = 0.0

  private let dt: Double
  /// What runs continuously, by index into the population's states.
  private let flowing: [Int]
  private let slopes: NumericValues
  private let margin: NumericValues?
  private let reset: Jump

  /// A body, line by line: each line reads what those before it left.
  private struct Jump: Sendable {
    var lines: [(state: Int, value: NumericValues)]

    init(_ body: [StateAssignment], in graph: Graph, of states: [SymbolID], known: (SymbolID) -> Double?) {
      lines = body.map { ($0.state, NumericValues([$0.value], in: graph, of: states, known: known)) }
    }

    func act(on x: inout [Double]) {
      for (state, value) in lines { if let new = value.values(at: x)[0] { x[state] = new } }
    }
  }

  /// A tick of a course: where it starts, and where it leads exactly enough to judge by.
  private struct Tick {
    var start: [Double]
    var error = 0.0
  }

  /// Ticks that a course is followed for, and those that are looked at again with more substeps.
  private static let (length, kept) = (100, 24)

  public init(
    _ population: HybridPopulation, _ index: Int, in network: NetworkModel, initial: InitialValues, tolerance: Double
  ) {
    let graph = network.graph
    let states = population.states.map(\.symbol)
    dt = network.step
    flowing = population.flows.keys.sorted()
    slopes = NumericValues(flowing.map { population.flows[$0]! }, in: graph, of: states) { initial[$0] }
    margin = population.guardCondition.map {
      NumericValues([$0.left, $0.right], in: graph, of: states) { initial[$0] }
    }
    reset = Jump(population.reset, in: graph, of: states) { initial[$0] }
    let rest = states.map { initial[$0] ?? 0 }
    var starts = [rest] + atThreshold(from: rest)
    for (place, port) in population.ports.enumerated() {
      let weights = network.connections.filter { $0.target == index && $0.signal == .spikes(port: place) }
        .compactMap { initial[network.parameters[$0.weight].symbol] }
      guard let strongest = weights.max(by: { abs($0) < abs($1) }) else { continue }
      var start = rest
      Jump(port.body, in: graph, of: states) { $0 == port.arrival ? strongest : initial[$0] }.act(on: &start)
      starts.append(start)
    }
    search(starts, tolerance, atLeast: Stiffness(of: population, in: graph, initial: initial).substeps(per: dt))
  }

  private mutating func search(_ starts: [[Double]], _ tolerance: Double, atLeast stiff: Int) {
    // Courses are followed with steps that are surely short enough to show what range the states have.
    let fine = min(stiff, Stiffness.limit)
    var ticks: [Tick] = []
    var (least, most) = (starts[0], starts[0])
    for start in starts { follow(start, fine, &ticks, &least, &most) }
    let scales = flowing.map { max(most[$0] - least[$0], 1e-9 * max(abs(most[$0]), abs(least[$0]), 1e-300)) }
    func error(_ substeps: Int) -> Double {
      for index in ticks.indices { ticks[index].error = deviation(ticks[index].start, substeps, scales) }
      // Where the error is large it stays so: a few ticks decide.
      ticks.sort { $0.error > $1.error }
      ticks = Array(ticks.prefix(Self.kept))
      return ticks.first?.error ?? 0
    }
    var tooFew = 0
    self.error = error(substeps)
    while self.error > tolerance, substeps < Stiffness.limit {
      tooFew = substeps
      substeps = min(2 * substeps, Stiffness.limit)
      self.error = error(substeps)
    }
    guard self.error <= tolerance else {
      substeps = Stiffness.limit + 1
      return
    }
    while substeps - tooFew > 1 {
      let middle = (substeps + tooFew) / 2
      let found = error(middle)
      if found > tolerance { tooFew = middle } else { (substeps, self.error) = (middle, found) }
    }
  }

  private func follow(
    _ start: [Double], _ fine: Int, _ ticks: inout [Tick], _ least: inout [Double], _ most: inout [Double]
  ) {
    var x = start
    for _ in 0..<Self.length {
      guard x.allSatisfy(\.isFinite) else { return }
      for i in x.indices { (least[i], most[i]) = (min(least[i], x[i]), max(most[i], x[i])) }
      ticks.append(Tick(start: x))
      x = advanced(x, fine)
      if fires(x) { reset.act(on: &x) }
    }
  }

  /// What a tick's end is uncertain by, from steps of half the length; nothing where it ends in a spike either way, since
  /// the reset decides what is left of it.
  private func deviation(_ x: [Double], _ substeps: Int, _ scales: [Double]) -> Double {
    let (coarse, fine) = (advanced(x, substeps), advanced(x, 2 * substeps))
    guard flowing.allSatisfy({ fine[$0].isFinite }) else { return 0 }
    if fires(fine), fires(coarse) { return 0 }
    return zip(flowing, scales).map { index, scale in
      let error = abs(fine[index] - coarse[index]) * 16 / 15 / scale
      return error.isNaN ? .infinity : error
    }.max() ?? 0
  }

  private func fires(_ x: [Double]) -> Bool {
    guard let sides = margin?.values(at: x), let left = sides[0], let right = sides[1] else { return false }
    return left >= right
  }

  private func advanced(_ x: [Double], _ substeps: Int) -> [Double] {
    let h = dt / Double(substeps)
    func moved(_ x: [Double], _ slope: [Double?], _ h: Double) -> [Double] {
      var result = x
      for (index, slope) in zip(flowing, slope) { result[index] += h * (slope ?? 0) }
      return result
    }
    var x = x
    for _ in 0..<substeps {
      let k1 = slopes.values(at: x)
      let k2 = slopes.values(at: moved(x, k1, h / 2))
      let k3 = slopes.values(at: moved(x, k2, h / 2))
      let k4 = slopes.values(at: moved(x, k3, h))
      let sum = k1.indices.map { i -> Double? in
        (k1[i] ?? 0) + 2 * ((k2[i] ?? 0) + (k3[i] ?? 0)) + (k4[i] ?? 0)
      }
      x = moved(x, sum, h / 6)
    }
    return x
  }

  /// The initial state with one of the states at the value at which the threshold is reached, for each that alone reaches
  /// it linearly.
  private func atThreshold(from rest: [Double]) -> [[Double]] {
    guard let margin else { return [] }
    func distance(_ x: [Double]) -> Double {
      let sides = margin.values(at: x)
      return (sides[0] ?? .nan) - (sides[1] ?? .nan)
    }
    return flowing.compactMap { index in
      var (zero, one, start) = (rest, rest, rest)
      zero[index] = 0
      one[index] = 1
      let slope = distance(one) - distance(zero)
      start[index] = -distance(zero) / slope
      return start[index].isFinite && abs(distance(start)) <= 1e-6 * max(abs(slope), abs(start[index])) ? start : nil
    }
  }
}
