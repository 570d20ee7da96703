import Testing

/// The same bytes whatever the threads and however often training was stopped.
@Suite struct ReproducibilityTests {
  @Test func threadsChangeNothing() throws {
    let outcome = try BuiltCommand.shell(
      """
      snn train kinds.snn --threads 1 --save one.h5 > /dev/null &&
      snn train kinds.snn --threads 2 --save two.h5 > /dev/null && cmp one.h5 two.h5
      """, in: Programs.folder())
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test func resumingGoesOnAsIfNothingHadHappened() throws {
    let outcome = try BuiltCommand.shell(
      """
      snn train kinds.snn --save whole.h5 > /dev/null &&
      snn train kinds.snn --epochs 2 --save half.h5 > /dev/null &&
      snn train kinds.snn --resume half.h5 --save both.h5 > /dev/null && cmp whole.h5 both.h5
      """, in: Programs.folder())
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }

  @Test func anotherSeedIsAnotherResult() throws {
    let outcome = try BuiltCommand.shell(
      """
      snn train kinds.snn --seed 1 --epochs 1 --save one.h5 > /dev/null &&
      snn train kinds.snn --seed 2 --epochs 1 --save two.h5 > /dev/null && cmp -s one.h5 two.h5
      """, in: Programs.folder())
    #expect(outcome.status == 1)
  }

  /// Stopped in the middle by SIGINT: status 130, where it is saved, and the rest as if nothing had happened.
  @Test func interruptedAndResumed() throws {
    let folder = try Programs.folder()
    let outcome = try BuiltCommand.shell(
      """
      snn train kinds.snn --epochs 300 --checkpoint c.h5 > /dev/null & pid=$!
      n=0; while [ ! -s c.h5 ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n + 1)); done
      kill -INT $pid; wait $pid; echo $?
      """, in: folder)
    #expect(outcome.output == "130\n")
    #expect(outcome.errors.contains("interrupted in epoch"))
    #expect(outcome.errors.contains("saved to c.h5, go on with --resume c.h5"))
    let rest = try BuiltCommand.shell(
      """
      snn train kinds.snn --epochs 300 --resume c.h5 --save resumed.h5 > /dev/null &&
      snn train kinds.snn --epochs 300 --save whole.h5 > /dev/null && cmp whole.h5 resumed.h5
      """, in: folder)
    #expect(rest.status == 0, "\(rest.output)\(rest.errors)")
  }

  /// The same where the training of a task is stopped that another one starts from: both go on as one run.
  @Test func interruptedInWhatATaskStartsFrom() throws {
    let folder = try Programs.folder()
    let longer = try folder.read("kinds.snn").replacingOccurrences(of: "epochs 4", with: "epochs 60")
    try folder.write(
      longer + "\ntask later = kinds with { start from kinds }\n", "two.snn")
    let setting = "--task later"
    let outcome = try BuiltCommand.shell(
      """
      snn train two.snn \(setting) --checkpoint c.h5 --json > log & pid=$!
      n=0; while ! grep -q epoch log && [ $n -lt 600 ]; do sleep 0.02; n=$((n + 1)); done
      kill -INT $pid; wait $pid; echo $?
      """, in: folder)
    #expect(outcome.output == "130\n")
    #expect(outcome.errors.contains("of `kinds`, which `later` starts from; saved to c.h5"), "\(outcome.errors)")
    let rest = try BuiltCommand.shell(
      """
      snn train two.snn \(setting) --resume c.h5 --save resumed.h5 > /dev/null &&
      snn train two.snn \(setting) --save whole.h5 > /dev/null && cmp whole.h5 resumed.h5
      """, in: folder)
    #expect(rest.status == 0, "\(rest.output)\(rest.errors)")
  }

  @Test func aCheckpointOfAnotherProgramIsRefused() throws {
    let folder = try Programs.folder()
    let outcome = try BuiltCommand.shell(
      """
      snn train kinds.snn --epochs 1 --save w.h5 > /dev/null &&
      snn train kinds.snn --set n=8 --resume w.h5
      """, in: folder)
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("w.h5: the checkpoint belongs to another"))
    #expect(outcome.errors.contains("there it has nothing, here `--set n=8`"), "\(outcome.errors)")
    let rate = try BuiltCommand.shell(
      "sed 's/rate = 2e-2/rate = 3e-2/' kinds.snn > other.snn; snn train other.snn --resume w.h5", in: folder)
    let line = "optimise adam(rate = 2e-2)"
    #expect(rate.status == 3 && rate.errors.contains(": \(line)`, here `other.snn:"), "\(rate.errors)")
    let precision = try BuiltCommand.shell("snn train kinds.snn --precision f64 --resume w.h5", in: folder)
    #expect(precision.status == 3 && precision.errors.contains("made with precision f32, not f64"))
    let seed = try BuiltCommand.shell("snn train kinds.snn --seed 7 --resume w.h5", in: folder)
    #expect(seed.status == 3 && seed.errors.contains("seed"))
  }
}
