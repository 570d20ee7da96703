import SNNIR
import Testing

@testable import SNNCalculus

/// The exact integrator against the propagators of Rotter & Diesmann (1999) in closed form.
@Suite struct IntegrateTests {
  /// Current-based LIF: dU/dt = -(U - I) / tau_mem, dI/dt = -I / tau_syn.
  private func network(tauMem: Double, tauSyn: Double, step: Double, integrator: Integrator = .auto) -> NetworkModel {
    var network = NetworkModel(name: "test", step: step)
    let extent = network.graph.addExtent(Extent(name: "cell", size: 1))
    let domain = Domain([.unit, .sample, .tick], extent: extent, phase: .tick)
    func symbol(_ name: String, _ kind: SymbolKind) -> SymbolID {
      network.graph.addSymbol(Symbol(name, kind, domain: domain))
    }
    let flag = symbol("cell.spike", .flag(population: 0))
    let u = symbol("cell.U", .state(population: 0, index: 0))
    let i = symbol("cell.I", .state(population: 0, index: 1))
    func parameter(_ name: String, _ value: Double) -> ValueID {
      let index = network.parameters.count
      let id = network.graph.addSymbol(Symbol(name, .parameter(index), domain: .constant))
      let initial = Initial.value(network.graph.const(value))
      network.parameters.append(
        Parameter(name: name, symbol: id, shape: .scalar, unit: .one, isLearnable: false, initial: initial))
      return network.graph.load(id)
    }
    let mem = parameter("cell.tau_mem", tauMem)
    let syn = parameter("cell.tau_syn", tauSyn)
    let zero = network.graph.const(0)
    var population = HybridPopulation(name: "cell", model: "LIF", shape: [1], extent: extent, flag: flag)
    population.states = [
      StateVariable(name: "U", symbol: u, initial: .value(zero)),
      StateVariable(name: "I", symbol: i, initial: .value(zero)),
    ]
    let (uValue, iValue) = (network.graph.load(u), network.graph.load(i))
    let difference = network.graph.sub(uValue, iValue)
    population.flows[0] = network.graph.div(network.graph.neg(difference), mem)
    population.flows[1] = network.graph.div(network.graph.neg(iValue), syn)
    population.integrator = integrator
    network.populations = [population]
    return network
  }

  /// U and I after one tick from (u, i).
  private func tick(_ network: NetworkModel, from start: (Double, Double)) throws -> (Double, Double) {
    var pass = Integrate(network)
    let (models, faults) = pass.run()
    #expect(faults.isEmpty)
    let model = try #require(models.first)
    let initial = InitialValues(pass.network)
    let values = Evaluate.values(model.states.map(\.integrated), in: pass.network.graph) { symbol in
      if symbol == model.states[0].present { return start.0 }
      if symbol == model.states[1].present { return start.1 }
      if symbol == model.flag { return 0 }
      return initial[symbol]
    }
    return (try #require(values[0]), try #require(values[1]))
  }

  @Test func propagatorsAreExact() throws {
    // (1 / tau_mem) tau_m tau_s / (tau_m - tau_s) (e^{-dt/tau_m} - e^{-dt/tau_s}) for 10 and 5 ms at 1 ms.
    let (u, i) = try tick(network(tauMem: 10, tauSyn: 5, step: 1), from: (0, 1))
    #expect(abs(u - 0.086106664957978) < 1e-15)
    #expect(abs(i - 0.8187307530779818) < 1e-15)
    let (decayed, _) = try tick(network(tauMem: 10, tauSyn: 5, step: 1), from: (1, 0))
    #expect(abs(decayed - 0.9048374180359595) < 1e-15)
  }

  @Test func equalTimeConstantsAreNoSpecialCase() throws {
    // (dt / tau) e^{-dt/tau}.
    let (u, _) = try tick(network(tauMem: 10, tauSyn: 10, step: 1), from: (0, 1))
    #expect(abs(u - 0.090483741803596) < 1e-15)
    // Nearly equal: the limit is approached, which plain subtraction misses by 5 % in single precision.
    let (near, _) = try tick(network(tauMem: 10, tauSyn: 9.9999, step: 1), from: (0, 1))
    #expect(abs(near - u) < 1e-6)
  }

  @Test func twoHalfStepsAreOneStep() throws {
    let half = network(tauMem: 10, tauSyn: 5, step: 0.5)
    let whole = try tick(network(tauMem: 10, tauSyn: 5, step: 1), from: (0.3, 0.7))
    let twice = try tick(half, from: try tick(half, from: (0.3, 0.7)))
    #expect(abs(whole.0 - twice.0) < 1e-15)
    #expect(abs(whole.1 - twice.1) < 1e-15)
  }

  /// A method of order p: halving the step divides the error by 2^p. Against the exact flow over one tick.
  @Test(arguments: [(Integrator.euler, 1.0), (.heun, 2.0), (.rk4(substeps: 1), 4.0)])
  func explicitMethodsHaveTheirOrder(_ integrator: Integrator, order: Double) throws {
    func error(_ step: Double) throws -> Double {
      let exact = try tick(network(tauMem: 10, tauSyn: 5, step: step), from: (0.3, 0.7))
      let approximate = try tick(network(tauMem: 10, tauSyn: 5, step: step, integrator: integrator), from: (0.3, 0.7))
      return abs(exact.0 - approximate.0)
    }
    // The local error is of order p + 1.
    let ratio = try error(1) / error(0.5)
    #expect(abs(ratio / Evaluate.pow(2, order + 1) - 1) < 0.15)
  }

  @Test func exponentialEulerIsExactForASingleState() throws {
    let (_, i) = try tick(network(tauMem: 10, tauSyn: 5, step: 1, integrator: .exponentialEuler), from: (0.3, 0.7))
    #expect(abs(i - 0.7 * 0.8187307530779818) < 1e-15)
  }

  @Test func spectralRadiusOfKnownMatrices() {
    #expect(abs(Stiffness.spectralRadius([-0.1, 0.1, 0, -0.2]) - 0.2) < 1e-9)
    // A rotation by 3: eigenvalues ± 3 i.
    #expect(abs(Stiffness.spectralRadius([0, 3, -3, 0]) - 3) < 1e-9)
    #expect(Stiffness.spectralRadius([0, 1, 0, 0]) == 0)
  }
}
