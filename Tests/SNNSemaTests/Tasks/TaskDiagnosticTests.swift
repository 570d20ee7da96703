import SNNSyntax
import Testing

@testable import SNNSema

/// One mistake, one message, at the place of the mistake.
@Suite struct TaskDiagnosticTests {
  static let learnPreamble = taskPreamble + "loss = mse(output.U, target)\n"

  @Test(arguments: [
    ("data a = cvs(\"d.csv\")", "E0601 cvs"),
    ("data a = csv(5)", "E0601 5"),
    ("data a = csv(\"d.csv\", label = last + 1)", "E0601 last + 1"),
    ("data a = csv(\"d.csv\", lable = last)", "E0205 lable"),
    (
      "data a = random_patterns(samples = 4, units = 4, steps = 10)",
      "E0602 random_patterns(samples = 4, units = 4, steps = 10)"
    ),
    ("data a, b = csv(\"d.csv\")", "E0603 csv(\"d.csv\")"),
    ("data a = split(csv(\"d.csv\"), 80 %)", "E0603 a"),
    ("data a, b = split(csv(\"d.csv\"), 80)", "E0603 80"),
    ("data a = csv(\"missing.csv\")", "E0604 \"missing.csv\""),
    ("data a = hdf5(\"odd.h5\")", "E0605 hdf5(\"odd.h5\")"),
    ("data a = yin_yang(n = 3)", "E0205 n"),
    ("data a = randman(samples = 4, units = 2, classes = 2, duration = 5)", "E0302 5"),
  ])
  func data(_ item: String, _ mark: String) {
    let found = checkTask("\(item)\nfeed pixels = 0\nrun for 10 ms")
    #expect(found.marks == [mark])
  }

  @Test(arguments: [
    ("feed pixels = latency(sample, over = 20, threshold = 0.2)", "E0302 20"),
    ("feed pixels = latency(sample, over = 20 ms)", "E0602 latency(sample, over = 20 ms)"),
    ("feed pixels = latency(sample, over = 20 ms, threshold = 0)", "E0616 0"),
    (
      "feed pixels = 2 * latency(sample, over = 20 ms, threshold = 0.2)",
      "E0615 latency(sample, over = 20 ms, threshold = 0.2)"
    ),
    ("feed pixels = rate(sample)", "E0302 sample"),
    ("feed pixels = rate(sample, max = 10 ms)", "E0302 10 ms"),
    ("feed pixels = repeat(sample, 2)", "E0614 repeat(sample, 2)"),
    ("feed pixels = repeat(sample / 2, 2)", "E0607 sample / 2"),
    ("feed pixels = samples", "E0201 samples"),
    ("feed pixels = output.U", "E0613 output.U"),
    ("feed pixels = sample\nfeed pixels = 0", "E0612 feed pixels = 0"),
    ("feed pixels = sample\nfeed hidden = sample", "E0611 hidden"),
    ("feed pixels = sample\nfeed hidden.y = 1", "E0611 y"),
    ("feed pixels = sample\nfeed pixls = 1", "E0611 pixls"),
    ("feed pixels = sample\nfeed hidden.x = rate(0.5, max = 10 Hz)", "E0615 rate(0.5, max = 10 Hz)"),
    ("", "W0602 T"),
  ])
  func feeds(_ items: String, _ mark: String) {
    #expect(checkTask("data a = csv(\"d.csv\")\nrun for 10 ms\n\(items)").marks == [mark])
  }

  @Test(arguments: [
    ("feed cell.I_ext = 5 mV", "E0302 5 mV"),
    ("feed cell.I_ext = 5", "E0302 5"),
    ("feed cell.I_ext = 1 nA\nloss = max over time of cell.V", "E0302 max over time of cell.V"),
    ("feed cell.I_ext = 1 nA\nrecord cell.v", "E0620 v"),
    ("feed cell.I_ext = 1 nA\nrecord cell.V / 1 mV", "E0619 cell.V / 1 mV"),
    ("feed cell.I_ext = 1 nA\nplot cell.V as nA", "E0619 nA"),
    ("feed cell.I_ext = 1 nA\nexpect cell.V > 0 mV", "E0623 cell.V > 0 mV"),
    ("feed cell.I_ext = 1 nA\nexpect max over time of cell.V > 5 nA", "E0301 max over time of cell.V"),
  ])
  func cell(_ items: String, _ mark: String) {
    #expect(checkTask("run for 10 ms\n\(items)", of: "Single").marks == [mark])
  }

  @Test(arguments: [
    ("score s = output.U", "E0623 output.U"),
    ("score s = last over time of output.U", "E0623 last over time of output.U"),
    ("score s = cross_entropy(output.U, label)", "E0623 cross_entropy(output.U, label)"),
    ("score s = w_in", "E0623 w_in"),
    (
      "score s = sum over time of (output.U - max over time of output.U)[0]",
      "E0622 (output.U - max over time of output.U)[0]"
    ),
    ("score s = max over time of (last over time of output.U)[0]", "E0621 (last over time of output.U)[0]"),
    ("score s = mean over units of w_in", "E0621 w_in"),
    ("score s = mean over synapses of (last over time of output.U)", "E0621 (last over time of output.U)"),
    (
      "score s = integral over units of (last over time of output.U)",
      "E0621 integral over units of (last over time of output.U)"
    ),
    ("score s = (max over time in 5 of output.U)[0]", "E0624 5"),
    ("score s = (max over time in 5 ..< 5 of output.U)[0]", "E0624 5 ..< 5"),
    ("score s = (max over time in 5 ms .. 20 ms of output.U)[0]", "E0624 5 ms .. 20 ms"),
    ("score s = (max over time in 1.5 ms .. 5 ms of output.U)[0]", "E0410 1.5 ms"),
    ("score s = (max over time in 0 .. 5 of output.U)[0]", "W0603 0"),
    ("score s = (output.U at 11 ms)[0]", "E0624 11 ms"),
    ("score s = (last over time of output.U)[2]", "E0625 2"),
    ("score s = (last over time of output.U)[0.5]", "E0625 0.5"),
    ("score s = sum over units of output.spike", "E0620 spike"),
    ("score s = sum over units of (last over time of hidden.spikes)", "E0620 spikes"),
    ("score s = pixels.spike", "E0620 pixels.spike"),
    ("score s = output", "E0203 output"),
    ("score s = first_spike(3)", "E0620 3"),
    ("score s = sum over units of (last over time of hidden.U * output.U)", "E0307 hidden.U"),
    ("score s = loss(test)", "E0626 loss(test)"),
    ("score s = van_rossum(hidden.spike, 1, 2, 3)", "E0302 2"),
    ("score s = van_rossum(hidden.spike, 1, 1 ms, 3 ms)", "E0718 1"),
    ("score s = log_likelihood(hidden.U, 1)", "E0718 hidden.U"),
    ("loss = max over time of output.U[0]\nloss = 2", "E0618 loss = 2"),
    ("score s = 1\nexpect s(tests) > 1", "E0610 tests"),
    ("score s = 1\nexpect s > 1", "E0626 s"),
    ("expect (last over time of output.U)[0] > 1", "E0627 (last over time of output.U)[0] > 1"),
    ("batch 0", "E0616 0"),
    ("epochs 2.5", "E0616 2.5"),
    ("carry state hidden.V", "E0707 hidden.V"),
    ("checkpoint 0", "E0616 0"),
    ("checkpoint 5 ms", "E0302 5 ms"),
  ])
  func values(_ item: String, _ mark: String) {
    let found = checkTask(taskPreamble + item)
    #expect(found.marks == [mark], "\(found.diagnostics.map(\.headline))")
  }

  @Test func leftoverAxisIsFixed() throws {
    let found = checkTask(taskPreamble + "loss = cross_entropy(output.U, label)")
    let edit = try #require(found.diagnostics.first?.help.first?.edits.first)
    #expect(edit.replacement == "mean over time of (cross_entropy(output.U, label))")
  }

  @Test func runIsAMultipleOfTheStep() {
    #expect(checkTask("feed pixels = 0\nrun for 10.5 ms").marks == ["E0410 10.5 ms"])
    #expect(checkTask("feed pixels = 0").marks == ["E0617 T"])
  }

  @Test(arguments: [
    ("learn by eventprop", "E0722 eventprop"),
    ("learn by btpt", "E0702 btpt"),
    ("learn by bptt", "E0709 bptt"),
    ("learn by bptt { surrogate = fast_sigmod(10) }", "E0708 fast_sigmod"),
    ("learn by bptt { surrogate = fast_sigmoid }", "E0602 fast_sigmoid"),
    ("learn by bptt { surrogate = fast_sigmoid(-1) }", "E0616 -1"),
    ("learn by bptt { surrogate = fast_sigmoid(1, scale = 1 mV) }", "E0302 1 mV"),
    ("learn by bptt { surrogate = 3 }", "E0708 3"),
    ("learn by bptt { surrogate output = tanh(1), surrogate hidden = tanh(1) }", "E0620 output"),
    ("learn by bptt { surrogate = tanh(1), rest = cut }", "E0707 rest"),
    ("learn by bptt { surrogate = tanh(1), reset = cat }", "E0707 cat"),
    ("learn by bptt { surrogate = tanh(1), reset = cut(Z) }", "E0707 Z"),
    ("learn by bptt { surrogate = tanh(1), spikes = loud }", "E0707 loud"),
    ("learn by bptt { surrogate = tanh(1), feedback = randm }", "E0707 randm"),
    ("learn w_inn by bptt { surrogate = tanh(1) }", "E0704 w_inn"),
    ("learn output.tau by bptt { surrogate = tanh(1) }", "E0705 output.tau"),
    ("learn on tran by bptt { surrogate = tanh(1) }", "E0610 tran"),
    ("optimise adm(rate = 1)", "E0711 adm"),
    ("optimise adam(rate = 0)", "E0616 0"),
    ("optimise adam(beta1 = 0.5)", "E0602 adam(beta1 = 0.5)"),
    ("optimise adam(1e-3, beta1 = 1.5)", "E0616 1.5"),
    ("optimise adam(rate = 1 ms)", "E0302 1 ms"),
    ("freeze w_im", "E0704 w_im"),
  ])
  func learning(_ item: String, _ mark: String) {
    let found = checkTask(Self.learnPreamble + item)
    #expect(found.marks == [mark], "\(found.diagnostics.map(\.headline))")
  }

  @Test func lossIsNeeded() {
    #expect(
      checkTask(taskPreamble + "learn by bptt { surrogate = tanh(1) }").marks
        == ["E0703 learn by bptt { surrogate = tanh(1) }"])
    #expect(
      checkTask(
        taskPreamble + "loss = argmax(last over time of output.U) == label\nlearn by bptt { surrogate = tanh(1) }"
      ).marks == ["E0712 argmax(last over time of output.U) == label"])
  }

  @Test func scaleIsMandatoryWithADimension() throws {
    let found = checkTask(
      "feed cell.I_ext = 1 nA\nrun for 10 ms\nloss = (last over time of cell.V) / 1 mV\nlearn by bptt { surrogate = tanh(1) }",
      of: "Single")
    #expect(found.marks == ["E0710 tanh(1)"])
    #expect(found.diagnostics.first?.help.first?.edits.first?.replacement == "tanh(1, scale = 1 mV)")
  }

  /// Without a derivative at the hidden spikes nothing before them learns.
  @Test func unreachableParameters() {
    let found = checkTask(Self.learnPreamble + "learn by bptt { surrogate = none }")
    #expect(found.codes == ["W0702", "W0702"])
    #expect(
      Set(found.diagnostics.map(\.headline)) == ["the loss cannot reach `w_in`", "the loss cannot reach `hidden.tau`"])
  }

  @Test func timeOfTheData() {
    func marks(_ feed: String, _ run: String) -> [String] {
      checkTask("data a = hdf5(\"movie.h5\")\nfeed pixels = 0\nfeed hidden.x = \(feed)\nrun for \(run)").marks
    }
    #expect(marks("direct(sample)", "10 ms") == [])
    #expect(marks("direct(sample)", "20 ms") == ["E0609 sample"])
    #expect(marks("direct(sample)", "5 ms") == ["W0601 sample"])
    #expect(marks("hold(sample, every = 2 ms)", "20 ms") == [])
    #expect(marks("hold(sample, every = 2 ms)", "30 ms") == ["E0609 sample"])
  }

  @Test func classesMustFit() {
    let found = checkTask(
      "data a = csv(\"many.csv\", label = last)\nfeed pixels = sample\nrun for 10 ms\nloss = cross_entropy(last over time of output.U, label)"
    )
    #expect(found.marks == ["E0608 last over time of output.U"])
  }

  @Test func unknownField() {
    let found = checkTask(
      "data a = random_patterns(samples = 4, units = 4, steps = 10, rate = 5 Hz)\nfeed pixels = direct(sample)\nrun for 10 ms\nloss = mse(output.U, target)"
    )
    #expect(found.marks == ["E0606 target"])
  }
}
