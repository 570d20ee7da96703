import SNNIR
import SNNSyntax

@testable import SNNSema

/// Neurons and a network that the fragments of these tests stand on: 4 inputs, 3 hidden LIF neurons, 2 readouts, one
/// cell in volts.
let taskNetwork = """
  neuron LIF {
    learnable param tau = 10 ms in 1 ms .. 100 ms
    state U = 0
    drive x
    dU/dt = (x - U) / tau
    on input(w) { U += w }
    spike when U > 1
    on spike { U -= 1 }
  }
  neuron Readout {
    param tau = 10 ms
    state U = 0
    let twice = 2 * U
    dU/dt = -U / tau
    on input(w) { U += w }
  }
  neuron Cell {
    param R = 100 MOhm
    state V = -70 mV
    drive I_ext : current
    dV/dt = (-70 mV - V + R * I_ext) / 10 ms
    spike when V > -50 mV
    on spike { V = -70 mV }
  }
  network Net(n = 3) {
    step 1 ms
    input pixels : spikes[4]
    population hidden = LIF[n]
    population output = Readout[2]
    connect pixels -> hidden as w_in { learnable weight ~ normal(0, 1) }
    connect hidden -> output as w_out { learnable weight ~ normal(0, 1) }
  }
  network Single {
    step 0.1 ms
    population cell = Cell[1]
  }

  """

struct TaskCheck {
  var program: CheckedProgram
  var diagnostics: [Diagnostic]
  var sources: SourceMap
  var lowered: LoweredModel? { program.taskNames.first.flatMap { program.lower(task: $0) } }
  var codes: [String] { diagnostics.map(\.id.code) }

  /// `CODE text-under-the-caret`.
  var marks: [String] { diagnostics.map { "\($0.id.code) \(sources.text($0.primary.span))" } }
}

/// 6 samples of 4 units, labels of 2 classes; `movie.h5` has 10 time steps, `odd.h5` axes that nobody can tell.
let sampleShapes: DataShapeReader = { source in
  switch source.positional.first {
  case .text("movie.h5"):
    return .success(
      DataShape(
        fields: [.init(name: "sample", shape: [6, 10, 3]), .init(name: "label", shape: [6])], classes: 2))
  case .text("odd.h5"):
    return .success(DataShape(fields: [.init(name: "sample", shape: [6, 2, 2, 4])]))
  case .text("missing.csv"): return .failure(DataShapeFault("there is no file `missing.csv`"))
  case .text("many.csv"):
    return .success(
      DataShape(fields: [.init(name: "sample", shape: [6, 4]), .init(name: "label", shape: [6])], classes: 10))
  default:
    return .success(
      DataShape(
        fields: [
          .init(name: "sample", shape: [6, 4]), .init(name: "label", shape: [6]),
          .init(name: "target", shape: [6, 2]),
        ], classes: 2))
  }
}

func checkProgram(
  _ text: String, set: [String: String] = [:], shapes: DataShapeReader? = sampleShapes
) -> TaskCheck {
  var sources = SourceMap()
  let id = sources.add(name: "test.snn", text: text)
  let (tree, problems) = parse(sources[id])
  let (program, found) = check(
    tree, sources: sources, options: CheckOptions(set: set, isQuiet: true, dataShapes: shapes))
  return TaskCheck(program: program, diagnostics: problems + found, sources: program.sources)
}

/// A task of `Net` with these items.
func checkTask(_ items: String, of network: String = "Net", set: [String: String] = [:]) -> TaskCheck {
  checkProgram(taskNetwork + "task T of \(network) {\n\(items)\n}\n", set: set)
}

let taskPreamble = """
  data train, test = split(csv("d.csv", label = last), 80 %, seed = 0)
  feed pixels = latency(sample, over = 20 ms, threshold = 0.2)
  run for 10 ms

  """
