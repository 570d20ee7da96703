import SNNIR

/// Losses, scores and their derivatives over what a batch has observed: each value as an array over samples and units.
struct MeasureEvaluator {
  struct Values {
    var numbers: [Double]
    var samples: Int
    var units: Int

    @inline(__always) func at(_ sample: Int, _ unit: Int) -> Double {
      numbers[(samples == 1 ? 0 : sample) * units + (units == 1 ? 0 : unit)]
    }
  }
  let graph: Graph
  let roots: [ValueID]
  private let order: [ValueID]
  private let place: [ValueID: Int]

  init(_ graph: Graph, _ roots: [ValueID]) {
    self.graph = graph
    self.roots = roots
    order = graph.reachable(from: roots)
    place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
  }

  /// Whether a value is made from several samples.
  var couplesSamples: Bool {
    order.contains { graph[$0].opcode == .reduce && Reduction(aux: graph[$0].aux).axis == .sample }
  }

  /// - Parameter leaf: values of a symbol.
  func run(samples: Int, leaf: (SymbolID) throws -> Values) throws -> [Values] {
    var known: [Values] = []
    known.reserveCapacity(order.count)
    for value in order {
      let node = graph[value]
      switch node.opcode {
      case .const: known.append(Values(numbers: [node.number], samples: 1, units: 1))
      case .load: known.append(try leaf(SymbolID(Int(node.aux))))
      case .unitIndex:
        let size = graph[ExtentID(Int(node.aux))].size
        known.append(Values(numbers: (0..<size).map(Double.init), samples: 1, units: size))
      case .reduce, .argreduce:
        known.append(reduced(node, known[place[graph.argument(value, 0)]!], samples))
      case .broadcast:
        let domain = node.domain
        let x = known[place[graph.argument(value, 0)]!]
        let units = domain.axes.contains(.unit) ? domain.extent.map { graph[$0].size } ?? x.units : x.units
        known.append(
          spread(x, samples: domain.axes.contains(.sample) ? samples : x.samples, units: max(units, x.units)))
      default:
        let arguments = graph.arguments(value).map { known[place[$0]!] }
        known.append(elementwise(node, arguments))
      }
    }
    return roots.map { known[place[$0]!] }
  }

  private func spread(_ x: Values, samples: Int, units: Int) -> Values {
    if x.samples == samples, x.units == units { return x }
    var result = Values(numbers: [], samples: samples, units: units)
    result.numbers.reserveCapacity(samples * units)
    for sample in 0..<samples { for unit in 0..<units { result.numbers.append(x.at(sample, unit)) } }
    return result
  }

  private func elementwise(_ node: Node, _ x: [Values]) -> Values {
    let samples = x.map(\.samples).max() ?? 1
    let units = x.map(\.units).max() ?? 1
    var result = Values(numbers: [], samples: samples, units: units)
    result.numbers.reserveCapacity(samples * units)
    func binary(_ f: (Double, Double) -> Double) {
      for s in 0..<samples { for u in 0..<units { result.numbers.append(f(x[0].at(s, u), x[1].at(s, u))) } }
    }
    switch node.opcode {
    case .add: binary(+)
    case .sub: binary(-)
    case .mul: binary(*)
    case .div: binary(/)
    default:
      for s in 0..<samples {
        for u in 0..<units {
          result.numbers.append(Evaluate.elementwise(node, x.map { $0.at(s, u) }) ?? .nan)
        }
      }
    }
    return result
  }

  private func reduced(_ node: Node, _ x: Values, _ samples: Int) -> Values {
    let reduction = Reduction(aux: node.aux)
    let isSample = reduction.axis == .sample
    // What is the same for all samples counts once for each.
    let x = isSample ? spread(x, samples: samples, units: x.units) : x
    let (outer, inner) = isSample ? (x.units, x.samples) : (x.samples, x.units)
    var result = Values(numbers: [], samples: isSample ? 1 : x.samples, units: isSample ? x.units : 1)
    for o in 0..<outer {
      var best = 0
      var sum = 0.0
      for i in 0..<inner {
        let value = isSample ? x.at(i, o) : x.at(o, i)
        sum += value
        let top = isSample ? x.at(best, o) : x.at(o, best)
        if reduction.kind == .max ? value > top : value < top { best = i }
      }
      if node.opcode == .argreduce {
        result.numbers.append(Double(best))
      } else {
        result.numbers.append(reduction.kind == .sum ? sum : (isSample ? x.at(best, o) : x.at(o, best)))
      }
    }
    return result
  }
}
