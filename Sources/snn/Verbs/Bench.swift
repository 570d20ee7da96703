import ArgumentParser
import SNN

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a training step and a forward pass of the task's first batch.")

  @OptionGroup var common: CommonOptions

  @Option(parsing: .unconditional, help: ArgumentHelp("Repetitions of each.", valueName: "number"))
  var steps = 30

  @Option(help: ArgumentHelp("Parameters to start from (HDF5).", valueName: "file"))
  var params: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Samples of the batch, instead of the task's.", valueName: "number"))
  var batch: Int?

  func validate() throws {
    if steps < 1 { throw ValidationError("--steps must be at least 1.") }
    if let batch, batch < 1 { throw ValidationError("--batch must be at least 1.") }
  }

  func run() throws {
    try common.reporting {
      let model = try common.model()
      let before = Self.peakMemory ?? 0
      Interruption.watch()
      let result = try Benchmark.run(
        model, options: common.sessionOptions(batch: batch), steps: steps, clock: Self.seconds,
        prepare: { session in try common.start(session, params) },
        isCancelled: { Interruption.isRequested })
      if common.json { common.terminal.print(json(result, before: before).text) } else { show(result) }
    }
  }

  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Peak resident memory in bytes: the process's own high-water mark, which a parent's does not disturb.
  private static var peakMemory: Int? {
    guard let bytes = try? Files.readProgram("/proc/self/status"),
      let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }

  private func show(_ result: Benchmark) {
    let terminal = common.terminal
    terminal.print(
      "\(result.samples) samples x \(result.ticks) ticks, \(result.threads) threads, \(result.precision.rawValue), "
        + result.instructionSet)
    func line(_ name: String, _ times: Benchmark.Times) {
      let numbers = [times.median, times.least, times.quantile(0.9)].map { NumberText.significant($0, 4) }
      terminal.print("\(name)  \(numbers[0]) ms  (least \(numbers[1]), 90 % below \(numbers[2]))")
    }
    if let training = result.training { line("training step", training) }
    line("forward alone", result.forward)
    let rate = Double(result.spikes) / (result.forward.median / 1000)
    terminal.print("spikes         \(NumberText.significant(rate / 1e6, 3)) million a second")
    if let peak = Self.peakMemory { terminal.print("peak memory    \(peak >> 20) MiB") }
    terminal.print("where the time of a \(result.training == nil ? "pass" : "step") goes")
    terminal.print(ProfileTable.text(result.profile))
  }

  /// - Parameter before: memory of the process before the session was made: what is foreseen of the process has it too.
  private func json(_ result: Benchmark, before: Int) -> JSON {
    func times(_ times: Benchmark.Times) -> JSON {
      .object([
        "median_ms": .number(times.median), "least_ms": .number(times.least), "q90_ms": .number(times.quantile(0.9)),
      ])
    }
    return .object([
      "samples": .integer(result.samples), "ticks": .integer(result.ticks), "threads": .integer(result.threads),
      "precision": .string(result.precision.rawValue), "instruction_set": .string(result.instructionSet),
      "training": result.training.map(times) ?? .null, "forward": times(result.forward),
      "spikes": .integer(result.spikes), "losses": .array(result.losses.map(JSON.number)),
      "peak_memory": Self.peakMemory.map(JSON.integer) ?? .null,
      "memory_forecast": .integer(before + result.memoryForecast),
      "profile": ProfileTable.json(result.profile),
    ])
  }
}
