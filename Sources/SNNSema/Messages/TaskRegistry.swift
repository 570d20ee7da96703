import SNNSyntax

/// Every code of tasks (E06xx, E07xx) with its explanation and a program that gives it. Codes are never reused.
public enum TaskDiagnostics {
  public static let all: [Explanation] =
    data + feeds + values + family + EventMessage.taskEntries + learning + EventMessage.learningEntries + lints

  private static let network = """
    neuron L {
      param tau = 10 ms
      state U = 0
      drive x
      dU/dt = (x - U) / tau
      on input(w) { U += w }
      spike when U > 1
      on spike { U -= 1 }
    }
    neuron R {
      state U = 0
      dU/dt = -U / 10 ms
      on input(w) { U += w }
    }
    neuron C {
      state V = -70 mV
      drive I : current
      dV/dt = (-70 mV - V + 100 MOhm * I) / 10 ms
      spike when V > -50 mV
      on spike { V = -70 mV }
    }
    network N {
      step 1 ms
      input p : spikes[4]
      population h = L[3]
      population o = R[2]
      connect p -> h as w_in { learnable weight ~ normal(0, 1) }
      connect h -> o as w_out { learnable weight ~ normal(0, 1) }
    }
    network K {
      step 1 ms
      population c = C[1]
    }

    """

  private static func task(_ items: String) -> String {
    network + "task T of N {\n  feed p = 0\n  feed h.x = 0\n  run for 10 ms\n" + items + "\n}"
  }

  private static func bare(_ items: String) -> String { network + "task T of N {\n  feed h.x = 0\n" + items + "\n}" }

  private static let patterns = "  data a = random_patterns(samples = 4, units = 4, steps = 10, rate = 5 Hz)\n"

  private static let data: [Explanation] = [
    Explanation(
      TaskID.source,
      "`data NAME = …` names a source: a file (`csv`, `hdf5`, `npy`, `events`) or a generated set, with its arguments.",
      example: task("  data a = cvs(\"digits.csv\")")),
    Explanation(
      TaskID.missingArgument, "A source, an encoder or a loss lacks an argument that it cannot do without.",
      example: task("  data a = random_patterns(samples = 4, units = 4, steps = 10)")),
    Explanation(
      TaskID.split,
      "`split(SOURCE, 80 %, seed = 0)` gives two sets, so that two names stand before it; any other source gives one.",
      example: task("  data train, test = csv(\"digits.csv\")")),
    Explanation(
      TaskID.noField,
      "Expressions name fields of the data: `sample`, `label`, and `target` where the source has one.",
      example: task(patterns + "  loss = mse(o.U, target)")),
    Explanation(
      TaskID.transform,
      "`standardise`, `repeat` and `onehot` are done to a whole field, before arithmetic on single values.",
      example: task(patterns + "  score s = sum over units of (last over time of repeat(sample / 2, 2))")),
    Explanation(
      TaskID.classes, "There must be a unit for every class: labels count from 0.",
      example: task(
        "  data a = random_patterns(samples = 4, units = 4, steps = 10, rate = 5 Hz, classes = 3)\n"
          + "  loss = cross_entropy(last over time of o.U, label)")),
    Explanation(
      TaskID.length,
      "The time axis of the data and the run must last equally long; `hold(x, every = 2 ms)` says how long one value lasts.",
      example: bare(patterns + "  run for 20 ms\n  feed p = direct(sample)")),
    Explanation(
      TaskID.dataSet, "A data set is used that no `data` declares.",
      example: task(patterns + "  score s = 1\n  expect s(b) > 0")),
  ]

  private static let feeds: [Explanation] = [
    Explanation(
      TaskID.feedTarget, "What can be fed are the network's inputs and the drives of its populations (`hidden.x`).",
      example: task("  feed h = 1")),
    Explanation(
      TaskID.fedTwice, "An input or drive has one `feed`; add up what it is to receive.", example: task("  feed p = 1")),
    Explanation(
      TaskID.feedValue,
      "A feed is made of data and `t` before the network runs. What depends on the network goes through connections.",
      example: bare("  run for 10 ms\n  feed p = o.U")),
    Explanation(
      TaskID.feedSize, "A value has one entry for each unit of what it is fed to, or one for all.",
      example: bare(
        "  data a = random_patterns(samples = 4, units = 3, steps = 10, rate = 5 Hz)\n  run for 10 ms\n"
          + "  feed p = direct(sample)")),
    Explanation(
      TaskID.encoder,
      "Encoders (`latency`, `rate`, `at`, `delta`, `events`) make spikes for an `input NAME : spikes[…]` and stand first in a feed.",
      example: bare("  run for 10 ms\n  feed p = 2 * rate(0.5, max = 10 Hz)")),
  ]

  private static let values: [Explanation] = [
    Explanation(
      TaskID.setting, "A setting or argument is outside its range, such as a batch of no samples.",
      example: task("  batch 0")),
    Explanation(
      TaskID.noRun, "A task says how long it runs: `run for 100 ms`, a multiple of the network's step.",
      example: bare("  feed p = 0")),
    Explanation(TaskID.repeated, "A task has one loss, one rule, one optimiser.", example: task("  run for 20 ms")),
    Explanation(
      TaskID.record,
      "`record` and `plot` take variables: states, `let`, `spike`, drives; `X.before_reset`; a population.",
      example: task("  record 2 * o.U")),
    Explanation(
      TaskID.variable,
      "A population has the states, `let`s, drives and parameters of its neuron, and `spike` where it spikes.",
      example: task("  record o.V")),
    Explanation(
      TaskID.reductionAxis,
      "`over time` needs something that varies with time, `over units` one value per unit, `over synapses` a weight.",
      example: task("  score s = mean over units of w_in")),
    Explanation(
      TaskID.twoPasses,
      """
      A result of a reduction over time is known when the run is over. Using it at every tick of the same run, and \
      reducing that over time, would need a second run.
      """,
      example: task("  score s = sum over time of (o.U[0] - mean over time of o.U[0])^2")),
    Explanation(
      TaskID.leftover, "A loss, a score and an `expect` are one value per sample. Axes left over are reduced first.",
      example: task("  loss = mean over units of o.U")),
    Explanation(
      TaskID.window,
      "`over time in 10 ms ..< 20 ms`, `over time in 1 .. 10` (ticks), `over units in 0 ..< 10`: a range inside the axis.",
      example: task("  score s = max over time in 5 .. 20 of o.U[0]")),
    Explanation(
      TaskID.index,
      """
      `out.U[label]` chooses one unit by its number, counted from 0. A slice, `out.U[0 ..< 10]`, stands inside a reduction \
      over units, which then takes these units of everything in it.
      """,
      example: task("  score s = last over time of o.U[2]")),
    Explanation(
      TaskID.metric, "`accuracy(test)` is a score over a whole data set; it is known only to `expect`.",
      example: task(patterns + "  score s = 1\n  score r = s(a)")),
    Explanation(
      TaskID.expectation, "In a task with data, `expect` reads scores on data sets: `expect accuracy(test) > 0.9`.",
      example: task(patterns + "  expect last over time of o.U[0] > 1")),
  ]

  private static let learner =
    "  loss = mean over time of o.U[0]^2\n  learn by bptt { surrogate = fast_sigmoid(10) }"

  private static let rates = """
    neuron ReLU { state a = 0; next a = 0; on input(w) { a += w }; emit relu(a) }
    neuron Fire { state V = 0; next V = V; on input(w) { V += w }; spike when V >= 1; on spike { V -= 1 } }
    network Rates {
      step 1 ms
      input x : spikes[4]
      population h = ReLU[3]
      connect x -> h as w { learnable weight ~ normal(0, 1) }
    }
    task rates of Rates {
      data d = random_patterns(samples = 4, units = 4, steps = 1, rate = 500 Hz)
      feed x = direct(sample)
      run for 1 ms
      loss = mean over time of h.output[0]^2
      learn by bptt { surrogate = none }
    }

    """

  private static let family: [Explanation] = [
    Explanation(
      ConversionID.form,
      "`network N = convert(TASK, ReLU = IntegrateAndFire, normalise = data, percentile = 99.9)` is the network that TASK "
        + "trains, with other neurons and its weights normalised so that no rate is above one spike a tick.",
      example: rates + "network Spiking = convert(rates, ReLU = Fire, normalise = maximum)"),
    Explanation(
      ConversionID.neuron,
      "Left of `=` stands a neuron that sends a number at every tick (`emit`), right of it one that spikes and has the "
        + "same parameters, because what they have learned goes over by name.",
      example: rates + "network Spiking = convert(rates, ReLU = ReLU)"),
    Explanation(
      TaskFamilyID.unknownTask,
      "`task B = A with { … }`, `start from A` and `sweep S of A` name a task of the file or of a file that it uses.",
      example: task("  start from pretraining")),
    Explanation(
      TaskFamilyID.cycle,
      "A task that varies another, or starts from what it learned, needs that one first. So none can wait for itself.",
      example: network + "task A = B with { epochs 2 }\ntask B = A with { epochs 3 }"),
    Explanation(
      TaskFamilyID.start,
      "`start from A` trains A and takes over the parameters that both networks have, by their names.",
      example: task("  epochs 2") + "\ntask B = T with {\n  start from T\n" + learner + "\n}"),
    Explanation(
      TaskFamilyID.validation,
      "`validate on DATA` measures a set after every epoch; `keep best accuracy` (or `loss`) ends with the best epoch's "
        + "parameters.",
      example: task(patterns + learner + "\n  score s = 1\n  validate on a, keep best accuracy")),
    Explanation(
      SweepID.key,
      "A sweep varies what `--set` can set: parameters of the network, numbers of the task, and `rate`, `rule`, `reset`, "
        + "`spikes` of learning.",
      example: task(learner) + "\nsweep S of T { tau_h in [5 ms, 10 ms] }"),
    Explanation(
      SweepID.values,
      "A sweep goes through a list, or through a range between two numbers of one unit: evenly, or with `log` evenly in "
        + "their logarithms. `snn sweep --points N` says in how many values.",
      example: task(learner) + "\nsweep S of T { h.tau in 20 ms .. 5 ms }"),
  ]

  private static let loss = "  loss = mean over time of o.U[0]^2\n"

  private static let learning: [Explanation] = [
    Explanation(
      LearningID.noChance,
      "A likelihood needs neurons that spike by chance: `spike with rate`, `spike with probability`, or thresholds under "
        + "`spikes = stochastic`.",
      example: task(loss + "  learn by likelihood { surrogate = sigmoid(5) }")),
    Explanation(
      LearningID.spikes,
      "Losses of spike trains compare the spikes of a population, `o.spike`, with spikes of the data: a number for each unit "
        + "and tick.",
      example: task("  loss = van_rossum(h.spike, 1, 0 ms, 10 ms)")),
    Explanation(
      LearningID.unknownRule, "`learn by RULE` names a credit-assignment rule, such as `bptt`.",
      example: task(loss + "  learn by backprop")),
    Explanation(
      LearningID.noLoss, "A rule needs something to minimise.",
      example: task("  learn by bptt { surrogate = fast_sigmoid(10) }")),
    Explanation(
      LearningID.parameter, "Parameters are named as files name them: `w_in`, `hidden.tau_mem`.",
      example: task(loss + "  freeze w_inn")),
    Explanation(
      LearningID.notLearnable, "`learn NAMES` chooses among what is declared `learnable`.",
      example: task(loss + "  learn h.tau by bptt { surrogate = fast_sigmoid(10) }")),
    Explanation(
      LearningID.data, "With several data sets, none of them called `train`, `learn on DATA` says which to learn from.",
      example: task(
        "  data a, b = split(csv(\"d.csv\"), 80 %)\n" + loss + "  learn by bptt { surrogate = fast_sigmoid(10) }")),
    Explanation(
      LearningID.impossible,
      "Some choices of a rule exclude one another: an update while the run goes on needs a gradient that is carried "
        + "forward, a local error has no feedback from above.",
      example: task(loss + "  learn by bptt { surrogate = fast_sigmoid(10), update = every 1 ms }")),
    Explanation(
      LearningID.learnedTwice, "Several `learn` lines share the parameters among them: each has one rule.",
      example: task(
        loss + "  learn by bptt { surrogate = fast_sigmoid(10) }\n  learn by eprop { surrogate = fast_sigmoid(10) }")),
    Explanation(
      LearningID.axis,
      "A rule has the choices `mode`, `surrogate`, `spikes` (hard, soft, stochastic), `reset` (cut, keep, cut(all), cut(X)), "
        + "`recurrence` (keep, cut), `feedback`, `error` (global, local) and `update`.",
      example: task(loss + "  learn by bptt { surrogate = fast_sigmoid(10), reset = maybe }")),
    Explanation(
      LearningID.surrogate, "A surrogate is one of the language's, or one declared with `surrogate NAME(x) = …`.",
      example: task(loss + "  learn by bptt { surrogate = fast_sigmod(10) }")),
    Explanation(
      LearningID.missingSurrogate,
      "Populations that spike need a surrogate derivative; `surrogate = none` asks for the true one, which is 0.",
      example: task(loss + "  learn by bptt")),
    Explanation(
      LearningID.scale,
      "A surrogate is a function of a number. Where `spike when` compares voltages, a scale makes one of their difference.",
      example: network + "task T of K {\n  feed c.I = 0\n  run for 10 ms\n  loss = (last over time of c.V) / 1 mV\n"
        + "  learn by bptt { surrogate = fast_sigmoid(10) }\n}"),
    Explanation(
      LearningID.optimiser, "Optimisers are sgd, adam, adamw, adamax, rmsprop and rmaxprop.",
      example: task("  optimise adm(rate = 1e-3)")),
    Explanation(
      TaskFamilyID.schedule,
      "A rate is a number, or a number in schedules: `cosine`, `step_decay`, `warmup`. They multiply.",
      example: task("  optimise adam(rate = linear(1e-3, over = 5))")),
    Explanation(
      LearningID.noGradient,
      "Conditions, `argmax` and `floor` are constants to the gradient: a loss made of them alone teaches nothing.",
      example: task("  loss = argmax(last over time of o.U)\n  learn by bptt { surrogate = fast_sigmoid(10) }")),
  ]

  private static let lints: [Explanation] = [
    Explanation(
      TaskID.dataUnused, "The data has more time steps than the run.",
      example: bare(patterns + "  run for 5 ms\n  feed p = direct(sample)")),
    Explanation(
      TaskID.unfedInput, "An input without a `feed` stays silent, unless a batch is given from outside.",
      example: bare("  run for 10 ms")),
    Explanation(
      TaskID.initialState, "Reductions run over ticks 1 … T; tick 0 is the initial state.",
      example: task("  score s = max over time in 0 .. 5 of o.U[0]")),
    Explanation(
      TaskID.silent,
      "A population that nothing arrives at is driven by a constant that takes it to a value below its threshold: it never "
        + "spikes.",
      example: network + "task T of K {\n  feed c.I = 150 pA\n  run for 10 ms\n  record c.V\n}"),
    Explanation(
      LearningID.nothingLearnable, "A rule was given, but no `param` and no `weight` is `learnable`.",
      example: network + "task T of K {\n  feed c.I = 0\n  run for 10 ms\n  loss = (last over time of c.V) / 1 mV\n"
        + "  learn by bptt { surrogate = fast_sigmoid(10, scale = 1 mV) }\n}"),
    Explanation(
      LearningID.unreachable,
      "No path with a derivative leads from the parameter to the loss, so that it never changes.",
      example: task(
        "  loss = mean over time of o.U[0]^2 + mean over synapses of w_in^2\n  freeze w_in\n"
          + "  learn by bptt { surrogate = none }"
      ).replacingLearnable),
  ]

  /// Codes that only a reader of files gives; their examples need one.
  public static let withFiles: [Explanation] = [
    Explanation(
      TaskID.unreadable, "The file cannot be read: it is missing, or not what its source expects.",
      example: task("  data a = csv(\"missing.csv\")")),
    Explanation(
      TaskID.axes, "Arrays of more than three axes say by an attribute `axes` what they are, `sample` first.",
      example: task("  data a = hdf5(\"odd.h5\")")),
  ]
}

extension String {
  /// The network with a learnable parameter in its first neuron.
  fileprivate var replacingLearnable: String {
    var text = self
    if let range = text.firstRange(of: "param tau") { text.replaceSubrange(range, with: "learnable param tau") }
    return text
  }
}
