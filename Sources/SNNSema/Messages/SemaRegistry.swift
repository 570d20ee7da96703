import SNNSyntax

/// Every code of this phase with its explanation and the least program that gives it. Codes are never reused. The
/// tasks' codes (E06xx) are in `TaskRegistry`.
public enum SemaDiagnostics {
  public static let all: [Explanation] =
    names + dimensions + neurons + chance + networks + patterns(cell) + sources + currents + parts
    + StepMessage.entries + EventMessage.networkEntries
    + SynapseDiagnostics.all + lints + [setting]

  static let names: [Explanation] = [
    Explanation(
      SemaID.unknownName,
      """
      A name is read that nothing declares here. A neuron sees its own names, the functions of its file and those of \
      `use`, and `t`, `dt`, `pi`; units are a name space of their own and stand only after a number.
      """,
      example: "neuron N {\n  param tau = 10 ms\n  state V = 0 mV\n  dV/dt = -V / tua\n}"),
    Explanation(
      SemaID.duplicateName, "A name is declared twice in one block. Binders of `on PORT(w)` may hide outer names.",
      example: "neuron N {\n  param tau = 10 ms\n  param tau = 5 ms\n  state V = 0\n  dV/dt = -V / tau\n}"),
    Explanation(
      SemaID.wrongKind,
      "A name stands where a value is needed, but it names a neuron, a function, a population or the like.",
      example: "function f(x) = x\nneuron N {\n  state V = 0\n  dV/dt = f / 1 ms\n}"),
    Explanation(
      SemaID.unknownFunction, "What is called is neither built in nor declared with `function`.",
      example: "neuron N {\n  state V = 0\n  dV/dt = expp(V) / 1 ms\n}"),
    Explanation(
      SemaID.wrongArguments, "A call has too many or too few arguments, or one of a name that the function has not.",
      example: "neuron N {\n  state V = 0\n  dV/dt = exp(V, 1) / 1 ms\n}"),
    Explanation(
      SemaID.recursion,
      "Functions are written out where they are used, so that none may call itself, even through others.",
      example: "function f(x) = g(x) + 1\nfunction g(x) = f(x)"),
    Explanation(
      SemaID.unknownUnit, "`as` takes a unit, such as `mV`; a dimension's name is none.",
      example: "neuron N {\n  state V = 0 mV\n  let shown = V as voltage\n  dV/dt = -V / 1 ms\n}"),
    Explanation(
      SemaID.unknownDimension,
      "A type names neither a dimension (`time`, `voltage`, `current/voltage`, …) nor a unit (`mV`, `nS/ms`).",
      example: "neuron N {\n  state V : voltag = 0\n  dV/dt = -V / 1 ms\n}"),
    Explanation(
      SemaID.unavailable, "The construct belongs to the language, but this version does not run it yet.",
      example: "synapse S {\n  learnable param rate = 0.1\n  on pre { weight += rate }\n}"),
    Explanation(
      SemaID.useNotFound, "`use` names a file or a part of the library that does not exist.",
      example: "use \"nowhere.snn\""),
    Explanation(
      SemaID.misplaced, "A form of expression stands where it has no meaning, such as a range in an equation.",
      example: "neuron N {\n  state V = 0\n  dV/dt = \"a\" / 1 ms\n}"),
    Explanation(
      SemaID.noMember, "`A.B` is read where only a neuron's own names are known.",
      example: "neuron N {\n  state V = 0\n  dV/dt = V.x / 1 ms\n}"),
  ]

  static let dimensions: [Explanation] = [
    Explanation(
      SemaID.operandMismatch,
      "The two sides of a sum, a difference or a comparison have different dimensions.",
      example: """
        neuron N {
          param R = 100 MOhm
          drive I_e : current
          state V = 0 mV
          dV/dt = (I_e - V) / 10 ms
        }
        """),
    Explanation(
      SemaID.unexpectedDimension,
      "An expression has another dimension than its place asks for: `dV/dt` is that of V per time, `delay` is a time.",
      example: "neuron N {\n  state V = 0 mV\n  dV/dt = -V\n}"),
    Explanation(
      SemaID.needsNumber,
      "Functions such as `exp` are defined for plain numbers. Divide by a reference value: `exp(V / 2 mV)`.",
      example: "neuron N {\n  state V = 0 mV\n  dV/dt = exp(V) * 1 mV / 1 ms\n}"),
    Explanation(
      SemaID.notCondition, "`if`, `and`, `or` and `not` take conditions: comparisons, or `spike`.",
      example: "neuron N {\n  state V = 0\n  dV/dt = (if V then 1 else 0) / 1 ms\n}"),
    Explanation(
      SemaID.exponent,
      "An exponent is a number; with a base that has a dimension it is a constant rational, or the result had none.",
      example: "neuron N {\n  state V = 1\n  param k = 1 mV\n  dV/dt = k^V / 1 mV / 1 ms\n}"),
    Explanation(
      SemaID.hole, "`?` stands for an expression or type yet to be written; the message says which dimension it needs.",
      example: "neuron N {\n  state V = 0 mV\n  dV/dt = ?\n}"),
    Explanation(
      SemaID.notConstant, "A parameter's value, a bound or a size must not depend on time or state.",
      example: "neuron N {\n  param a = V\n  state V = 0\n  dV/dt = -V * a / 1 ms\n}"),
    Explanation(
      SemaID.absoluteTemperature,
      "`36 degC` is a point on a scale: it has no powers, and two of them have no sum. Differences are in `K`.",
      example: "neuron N {\n  param T = 36 degC + 1 degC\n  state V = 0\n  dV/dt = -V / 1 ms * (T / 1 K)\n}"),
    Explanation(
      SemaID.divisionByZero, "The divisor is known when compiled, and is 0: the result would not be a number.",
      example: "neuron N {\n  state V = 0\n  dV/dt = V / 0 / 1 ms\n}"),
    Explanation(
      SemaID.tooLarge,
      """
      An expression is nested too deeply, or too large once the functions in it are written out: each call of a function \
      that calls another twice doubles it.
      """,
      example: "neuron N {\n  state V = 0\n  dV/dt = \(String(repeating: "- ", count: 450))V / 1 ms\n}"),
    Explanation(
      SemaID.ambiguousUnit,
      "`10 mV/s` is in millivolts per second; where a variable is called `s` too, blanks tell which is meant: `10 mV / s`.",
      example: "neuron N {\n  param s = 3\n  state V = 0 mV\n  dV/dt = s * 10 mV/s\n}"),
  ]

  static let neurons: [Explanation] = [
    Explanation(
      NeuronID.base, "`neuron B = A …` where A is unknown, or made from B.", example: "neuron B = A without spike"),
    Explanation(
      NeuronID.second,
      "A neuron has one `spike when`, one `refractory` and one `integrate`; a connection one `weight`.",
      example: """
        neuron N {
          state V = 0
          dV/dt = -V / 1 ms
          spike when V > 1
          spike when V > 2
        }
        """),
    Explanation(
      NeuronID.twoEquations, "A state follows one equation: continuous or `next`.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  next V = 0.9 * V\n}"),
    Explanation(
      NeuronID.notState, "Only states have equations and are assigned to.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  dU/dt = -V / 1 ms\n}"),
    Explanation(
      NeuronID.undriven, "No equation and no body changes the state: it is a parameter.",
      example: "neuron N {\n  state V = 0\n  state W = 1\n  dV/dt = -V * W / 1 ms\n}"),
    Explanation(
      NeuronID.cycle, "Definitions go round in a circle: parameters, `let`, or `next` that reads `next`.",
      example: "neuron N {\n  param a = b\n  param b = a\n  state V = 0\n  dV/dt = -V * a * b / 1 ms\n}"),
    Explanation(
      NeuronID.notLinear,
      """
      What arrives in a tick is summed before the body runs, and the body runs also when nothing arrives. Both are right \
      only when each state changes by a multiple of the arrivals.
      """,
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  on input(w) { V = w }\n}"),
    Explanation(
      NeuronID.withoutSpike, "`on spike` or `refractory` in a neuron without `spike when`.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  on spike { V = 0 }\n}"),
    Explanation(
      NeuronID.notComparison, "A spike condition is one comparison, since the surrogate acts on its difference.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  spike when V > 1 and V < 2\n}"),
    Explanation(
      NeuronID.notMultiple, "Time is an integer count of ticks; durations must be multiples of the step.",
      example: """
        neuron N {
          state V = 0
          dV/dt = -V / 1 ms
          spike when V > 1
          refractory 2.5 ms
        }
        network Net {
          step 1 ms
          population a = N[1]
        }
        """),
    Explanation(
      NeuronID.integrator, "`integrate` names no integrator, or one with an option it has not.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V / 1 ms\n  integrate rk5\n}"),
    Explanation(
      NeuronID.notLinearFlow,
      "`integrate exact` is the propagator of a linear system; `exponential_euler` needs each equation linear in its state.",
      example: "neuron N {\n  state V = 0\n  dV/dt = -V * V / 1 ms\n  integrate exact\n}"),
    Explanation(
      NeuronID.withoutValue, "A parameter without a value of its own must be given by the population.",
      example: """
        neuron N {
          param tau : time
          state V = 0
          dV/dt = -V / tau
        }
        network Net {
          step 1 ms
          population a = N[1]
        }
        """),
    Explanation(
      NeuronID.unknownParameter, "A population gives a value for a parameter that its neuron has not.",
      example: """
        neuron N {
          param tau = 5 ms
          state V = 0
          dV/dt = -V / tau
        }
        network Net {
          step 1 ms
          population a = N[1](tua = 5 ms)
        }
        """),
    Explanation(
      NeuronID.override, "A population gives a value whose dimension the neuron's equations do not admit.",
      example: """
        neuron N {
          param tau = 5 ms
          state V = 0
          dV/dt = -V / tau
        }
        network Net {
          step 1 ms
          population a = N[1](tau = 5 mV)
        }
        """),
    Explanation(
      NeuronID.range,
      "A value lies outside its range, the range is empty, or a learnable value starts on a bound, which its map cannot reach.",
      example: """
        neuron N {
          param tau = 5 ms in 10 ms .. 20 ms
          state V = 0
          dV/dt = -V / tau
        }
        network Net {
          step 1 ms
          population a = N[1]
        }
        """),
    Explanation(
      NeuronID.distribution, "`~` takes a distribution, `=` a value.",
      example: "neuron N {\n  param tau ~ gauss(5 ms, 1 ms)\n  state V = 0\n  dV/dt = -V / tau\n}"),
  ]

  private static let cell = """
    neuron N {
      state V = 0
      dV/dt = -V / 1 ms
      on input(w) { V += w }
      spike when V > 1
    }

    """

  private static func net(_ items: String) -> String { cell + "network Net {\n  step 1 ms\n\(items)\n}" }

  static let networks: [Explanation] = [
    Explanation(
      NetworkID.step, "A network needs a step, a positive constant time.",
      example: cell + "network Net {\n  population a = N[1]\n}"),
    Explanation(
      NetworkID.unknownModel, "A population is of a neuron that is not declared.", example: net("  population a = M[1]")
    ),
    Explanation(
      NetworkID.shape, "Sizes are whole numbers of at least 1.", example: net("  population a = N[0]")),
    Explanation(
      NetworkID.endpoint, "A connection runs from an input or population to a population.",
      example: net("  population a = N[1]\n  connect a -> b { weight = 1 }")),
    Explanation(
      NetworkID.port, "The target has no such port or drive, or several and none is called `input`.",
      example: net("  population a = N[1]\n  connect a -> a.exc { weight = 1 }")),
    Explanation(
      NetworkID.sizes, "`pattern one_to_one` pairs unit with unit.",
      example: net("  population a = N[2]\n  population b = N[3]\n  connect a -> b { pattern one_to_one, weight = 1 }")),
    Explanation(
      NetworkID.slice, "A slice lies outside the population.",
      example: net("  population a = N[2]\n  connect a[0 ..< 3] -> a { weight = 1 }")),
    Explanation(
      NetworkID.delay, "Bin n of an input acts on the step from n to n + 1: the least delay is one tick.",
      example: net("  input x : spikes[1]\n  population a = N[1]\n  connect x -> a { weight = 1, delay = 0 ms }")),
    Explanation(
      NetworkID.cycle,
      "Connections without a delay decide the order of the populations, so that they must not go round.",
      example: net("  population a = N[1]\n  connect a -> a { weight = 1, delay = 0 ms }")),
    Explanation(
      NetworkID.weight, "A connection without `weight` has weight 1, which a port with a dimension cannot take.",
      example: """
        neuron N {
          state V = 0 mV
          dV/dt = -V / 1 ms
          on input(w) { V += w }
          spike when V > 1 mV
        }
        network Net {
          step 1 ms
          population a = N[1]
          connect a -> a
        }
        """),
    Explanation(
      NetworkID.pattern, "There is no such pattern of connections.",
      example: net("  population a = N[1]\n  connect a -> a { pattern al, weight = 1 }")),
    Explanation(
      NetworkID.patternArgument,
      """
      `random(p = …)` joins each pair with a probability; `fixed_indegree(k = …)` and `fixed_outdegree(k = …)` choose \
      k different sources of every target, or targets of every source (the same one more than once with \
      `multapses = true`).
      """,
      example: net("  population a = N[5]\n  connect a -> a { pattern fixed_indegree(k = 6), weight = 1 }")),
    Explanation(
      NetworkID.noSelf, "`no self` leaves out the synapse of a unit onto itself, which only a population's own has.",
      example: net("  population a = N[1]\n  population b = N[1]\n  connect a -> b { no self, weight = 1 }")),
    Explanation(
      NetworkID.sign, "`sign positive` or `negative` keeps all weights of a connection on that side of 0.",
      example: net("  population a = N[1]\n  connect a -> a { sign negative, weight = 1 }")),
    Explanation(
      NetworkID.argument, "A network's parameter has no value.",
      example: cell + "network Net(n) {\n  step 1 ms\n  population a = N[n]\n}"),
    Explanation(
      NetworkID.variable, "A population has no state or `let` of that name.",
      example: """
        neuron N {
          drive x
          state V = 0
          dV/dt = (x - V) / 1 ms
        }
        network Net {
          step 1 ms
          population a = N[1]
          connect a.W -> a.x { weight = 1 }
        }
        """),
  ]

  /// `--set nothing=1` gives this for any program.
  public static let setting = Explanation(
    NetworkID.setting,
    "`--set NAME=VALUE` sets a network's parameter, a population's (`hidden.tau_mem`) or a task's setting; this is none.",
    example: cell + "network Net(n = 2) {\n  step 1 ms\n  population a = N[n]\n}")

  static let lints: [Explanation] = [
    Explanation(
      NetworkID.unused, "Something is declared that nothing reads. `// allow: unused-name` silences this.",
      example: "neuron N {\n  param a = 1\n  state V = 0\n  dV/dt = -V / 1 ms\n}"),
    Explanation(
      NetworkID.unread, "A state is computed that nothing reads.",
      example: "neuron N {\n  state V = 0\n  state P = 0\n  dV/dt = -V / 1 ms\n  next P = V\n}"),
    Explanation(
      NetworkID.unfed, "A drive that neither a connection nor a `feed` reaches is 0.",
      example: """
        neuron N {
          drive x
          state V = 0
          dV/dt = (x - V) / 1 ms
        }
        network Net {
          step 1 ms
          population a = N[1]
        }
        """),
  ]
}
