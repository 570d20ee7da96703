/// Parameters whose influence on states is carried forward in time, one column each.
public enum ParameterSet: Hashable, Sendable {
  /// The weights of a connection, in its file order.
  case synapses(connection: Int)
  /// One number per source of a connection, for what its synapses have in common.
  case sources(connection: Int)
  /// A number per unit of a population: what a parameter that several units share is for each of them.
  case units(population: Int)
}

/// One term of a linear combination: a number per unit times an influence.
public struct InfluenceTerm: Hashable, Sendable {
  public enum Coefficient: Hashable, Sendable {
    case number(Double)
    /// Axes sample x unit of the population whose influence it is.
    case buffer(BufferID)
    /// The same, with one number for all units of a sample, whatever population they are of.
    case shared(BufferID)
  }
  public var coefficient: Coefficient
  public var influence: BufferID

  public init(_ coefficient: Coefficient, _ influence: BufferID) {
    self.coefficient = coefficient
    self.influence = influence
  }
}

public struct InfluenceRow: Hashable, Sendable {
  public var destination: BufferID
  public var terms: [InfluenceTerm]

  public init(_ destination: BufferID, _ terms: [InfluenceTerm]) {
    self.destination = destination
    self.terms = terms
  }
}

/// Linear algebra on influences P[u, q] = ∂x_u/∂θ_q. A buffer of them has the field `influence`; with the axis `unit`
/// it is *full* (every unit u of its extent, every parameter q), without it *diagonal*: only the unit that q belongs to,
/// the target of a synapse or the unit itself. A diagonal term of a set of sources may stand where one of its synapses
/// does.
public enum InfluenceStep: Hashable, Sendable {
  /// P[u(q), q] += the flag of q's source at the present tick - delay.
  case spikes(connection: Int, delay: Int, into: BufferID)
  /// P[u(q), q] += the value of q's source at the present tick + offset.
  case signal(connection: Int, source: BufferID, tickOffset: Int, into: BufferID)
  /// P[u, u] += values[u], for sets of units.
  case values(BufferID, into: BufferID)
  /// P[u, q] += Σ W[u, v] from[v, q], with `from` at the present tick + offset.
  case spread(connection: Int, from: BufferID, tickOffset: Int, into: BufferID)
  /// P[q] += from[q] for diagonal influences of one set, `from` at the present tick + offset.
  case pass(from: BufferID, tickOffset: Int, into: BufferID)
  /// Every destination is the sum of its terms; all are read before any is written.
  case combine([InfluenceRow])
  /// Adds Σ coefficient[u] P[u, q] over units and samples to the gradient of the set's weights; for units, by sample and
  /// unit to `into`.
  case collect([InfluenceTerm], set: ParameterSet, into: BufferID?)
}

extension InfluenceStep {
  /// Buffers read, with the tick offset.
  public var reads: [(BufferID, Int)] {
    func read(_ terms: [InfluenceTerm]) -> [(BufferID, Int)] {
      terms.flatMap { term -> [(BufferID, Int)] in
        switch term.coefficient {
        case .buffer(let coefficient), .shared(let coefficient): [(coefficient, 0), (term.influence, 0)]
        case .number: [(term.influence, 0)]
        }
      }
    }
    switch self {
    case .spikes(_, _, let into): return [(into, 0)]
    case .signal(_, let source, let offset, let into): return [(source, offset), (into, 0)]
    case .values(let values, let into): return [(values, 0), (into, 0)]
    case .spread(_, let from, let offset, let into), .pass(let from, let offset, let into):
      return [(from, offset), (into, 0)]
    case .combine(let rows): return rows.flatMap { read($0.terms) }
    case .collect(let terms, _, let into): return read(terms) + (into.map { [($0, 0)] } ?? [])
    }
  }

  /// Buffers written.
  public var writes: [(BufferID, Int)] {
    switch self {
    case .spikes(_, _, let into), .signal(_, _, _, let into), .values(_, let into), .spread(_, _, _, let into),
      .pass(_, _, let into):
      [(into, 0)]
    case .combine(let rows): rows.map { ($0.destination, 0) }
    case .collect(_, _, let into): into.map { [($0, 0)] } ?? []
    }
  }
}
