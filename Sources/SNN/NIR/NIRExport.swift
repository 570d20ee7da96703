import SNNData
import SNNIR

extension Session {
  /// The network with its parameters as they are now, as a graph of the Neuromorphic Intermediate Representation.
  ///
  /// NIR says no step and no latency of a tick. A connection out of an input, or within a loop, takes one tick by itself
  /// and another one none, as in systems that go through their layers once a step; what is left of its delay is a node
  /// `Delay`. The step and the kind of reset are remarks (`metadata`), which other systems pass over.
  /// - Throws: `SNNError.model` with the reason where a part of the network is none of NIR's.
  public func nirGraph() throws -> NIRFile {
    var writer = NIRWriter(self)
    do { return try writer.graph() } catch let refusal as NIRRefusal {
      throw SNNError.model("NIR cannot say this network: \(refusal.reason)")
    } catch { throw SNNError.wrapping(error) }
  }
}

private struct NIRWriter {
  let session: Session
  let network: NetworkModel
  var file = NIRFile()
  /// Constant inputs that no node has taken yet, by population.
  var biases: [Int: [Double]] = [:]

  /// Matrices with more values are not written.
  static let largest = 100_000_000

  init(_ session: Session) {
    self.session = session
    network = session.model.network
  }

  private func size(_ end: Endpoint) -> Int {
    switch end {
    case .input(let index): network.inputs[index].size
    case .population(let index): network.populations[index].size
    }
  }

  private func name(_ end: Endpoint) -> String {
    switch end {
    case .input(let index): network.inputs[index].name
    case .population(let index): network.populations[index].name
    }
  }

  private func internalValues(_ parameter: Int) -> [Double] { session.engine.parameter(parameter) }

  mutating func graph() throws -> NIRFile {
    guard !network.isExact else { throw NIRRefusal(reason: "`step exact` has no ticks") }
    if let rule = network.rules.first {
      throw NIRRefusal(
        reason: "connection `\(network.connections[rule.connection].name)` changes by the rule `\(rule.name)`")
    }
    if let relay = network.populations.first(where: \.isRelay) {
      throw NIRRefusal(
        reason: "`\(relay.name)` leaves units out by chance while a task trains; write the connection without")
    }
    file.remarks["step"] = NDArray(network.step / 1000)
    for input in network.inputs {
      file.nodes.append(.init(input.name, "Input", ["shape": NDArray(input.shape)]))
    }
    let outputs = try network.populations.indices.map { try add(population: $0) }
    for connection in network.connections { try add(connection, outputs) }
    if let (population, _) = biases.first(where: { $0.value.contains { $0 != 0 } }) {
      throw NIRRefusal(
        reason:
          "population `\(network.populations[population].name)` has a constant input and no connection to carry it")
    }
    addOutputs()
    return file
  }

  // MARK: Neurons

  private mutating func add(population index: Int) throws -> Int {
    let population = network.populations[index]
    let drives = Set(
      network.connections.compactMap { connection -> Int? in
        guard connection.target == index, case .continuous(_, let drive) = connection.signal else { return nil }
        return drive
      })
    guard drives.count <= 1 else {
      throw NIRRefusal(reason: "population `\(population.name)` is fed through two drives")
    }
    let parameters = network.parameters.indices.map { internalValues($0) }
    let recogniser = NIRRecogniser(
      network: network, population: population, index: index,
      drive: drives.first ?? (population.drives.isEmpty ? nil : 0), parameters: parameters)
    let neuron = try recogniser.neuron()
    var node = NIRFile.Node(population.name, neuron.kind)
    for (name, values) in neuron.values { node.arrays[name] = NDArray(values) }
    if population.guardCondition != nil { node.remarks["reset"] = NDArray(neuron.isClocked ? "tick" : "crossing") }
    file.nodes.append(node)
    if neuron.bias.contains(where: { $0 != 0 }) { biases[index] = neuron.bias }
    return neuron.output
  }

  // MARK: Connections

  private mutating func add(_ connection: Connection, _ outputs: [Int]) throws {
    func refused(_ why: String) -> NIRRefusal { NIRRefusal(reason: "connection `\(connection.name)` \(why)") }
    guard case .continuous(let variable, _) = connection.signal else {
      throw refused("comes in at a port; NIR's neurons take currents, so connect it to a drive")
    }
    guard connection.currents.isEmpty else { throw refused("is a current of both sides") }
    if case .population(let source) = connection.source {
      let sends = network.populations[source].sends
      switch variable ?? .spike {
      case .spike where sends: break
      case .state(let state) where !sends && state == outputs[source]: break
      default: throw refused("sends something else than NIR's neurons send")
      }
    }
    if connection.sparsity?.hasOwnDelays == true { throw refused("has delays of each synapse") }
    let (rows, columns) = (network.populations[connection.target].size, size(connection.source))
    let (start, end) = (name(connection.source), network.populations[connection.target].name)
    let least = isImmediate(connection) ? 0 : 1
    var from = start
    if connection.delay > least {
      let delay = Double(connection.delay - least) * network.step / 1000
      let node = NIRFile.Node(
        "\(connection.name)_delay", "Delay", ["delay": NDArray([Double](repeating: delay, count: columns))])
      file.nodes.append(node)
      file.edges.append(.init(from, node.name))
      from = node.name
    }
    let bias = biases.removeValue(forKey: connection.target)
    var node: NIRFile.Node?
    if connection.pattern == .oneToOne, rows == columns, connection.targetRange.count == rows, bias == nil {
      let weights = spread(internalValues(connection.weight), over: rows)
      let isPlain = weights.allSatisfy { $0 == 1 } && connection.delay >= least
      if !isPlain { node = NIRFile.Node(connection.name, "Scale", ["scale": NDArray(weights)]) }
    } else {
      guard rows * columns <= Self.largest else {
        throw refused("has \(rows) x \(columns) pairs: too many for a matrix")
      }
      let weights = try NDArray(shape: [rows, columns], matrix(connection, rows, columns))
      node = NIRFile.Node(connection.name, bias == nil ? "Linear" : "Affine", ["weight": weights])
      if let bias { node?.arrays["bias"] = NDArray(bias) }
    }
    guard var node else {
      file.edges.append(.init(from, end))
      return
    }
    if connection.delay < least { node.remarks["ticks"] = NDArray(connection.delay) }
    file.nodes.append(node)
    file.edges += [.init(from, node.name), .init(node.name, end)]
  }

  /// Whether it is passed through within a step: neither out of an input nor within a loop.
  private func isImmediate(_ connection: Connection) -> Bool {
    guard case .population(let source) = connection.source else { return false }
    let edges = network.connections.compactMap { other -> (Int, Int)? in
      guard case .population(let start) = other.source else { return nil }
      return (start, other.target)
    }
    return !NIRFile.reaches(source, from: connection.target, along: edges)
  }

  private func spread(_ values: [Double], over count: Int) -> [Double] {
    values.count == 1 ? [Double](repeating: values[0], count: count) : values
  }

  private func matrix(_ connection: Connection, _ rows: Int, _ columns: Int) -> [Double] {
    var result = [Double](repeating: 0, count: rows * columns)
    let (targets, sources) = (connection.targetRange, connection.sourceRange)
    let weights = internalValues(connection.weight)
    func put(_ target: Int, _ source: Int, _ weight: Double) {
      result[(targets.lowerBound + target) * columns + sources.lowerBound + source] += weight
    }
    if let index = network.connections.firstIndex(where: { $0.name == connection.name }),
      let relation = session.engine.plan.relations[index]
    {
      for (synapse, (source, target)) in zip(relation.sources, relation.targets).enumerated() {
        put(Int(target), Int(source), weights[relation.slots.map { Int($0[synapse]) } ?? synapse])
      }
    } else if connection.pattern == .oneToOne {
      for (unit, weight) in spread(weights, over: targets.count).enumerated() { put(unit, unit, weight) }
    } else {
      let all = spread(weights, over: targets.count * sources.count)
      for target in 0..<targets.count {
        for source in 0..<sources.count { put(target, source, all[target * sources.count + source]) }
      }
    }
    return result
  }

  // MARK: Ends

  /// What feeds nothing is an output; where everything feeds something, the last population.
  private mutating func addOutputs() {
    let feeding = Set(network.connections.map { name($0.source) })
    var ends = network.populations.filter { !feeding.contains($0.name) }
    if ends.isEmpty { ends = Array(network.populations.suffix(1)) }
    for population in ends {
      let taken = file.nodes.map(\.name)
      let plain = ends.count == 1 ? "output" : "output_\(population.name)"
      let name = taken.contains(plain) ? plain + "_end" : plain
      file.nodes.append(.init(name, "Output", ["shape": NDArray([population.size])]))
      file.edges.append(.init(population.name, name))
    }
  }
}
