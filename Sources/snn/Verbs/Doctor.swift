import ArgumentParser
import SNN
import SNNTools

/// Not called `Doctor`: that is the library's.
struct DoctorVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Run one batch and say what keeps a task from learning, and what to change.",
    discussion: "Ends with status 4 where it finds a problem.")

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("Parameters to look at (HDF5).", valueName: "file"))
  var params: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Samples of the batch, instead of the task's.", valueName: "number"))
  var batch: Int?

  func validate() throws {
    if let batch, batch < 1 { throw ValidationError("--batch must be at least 1.") }
  }

  func run() throws {
    try common.reporting {
      let probe = try LearningProbe.measure(
        try common.model(), options: common.sessionOptions(batch: batch, precision: .f64)
      ) { session in try common.start(session, params) }
      let doctor = Doctor(probe)
      common.terminal.print(common.json ? Self.json(doctor).text : doctor.text)
      if doctor.findings.contains(where: { $0.severity == .problem }) { throw Failure(.expectationFailed) }
    }
  }

  private static func json(_ doctor: Doctor) -> JSON {
    .object([
      "event": "doctor", "loss": .number(doctor.probe.loss), "samples": .integer(doctor.probe.samples),
      "findings": .array(
        doctor.findings.map {
          .object([
            "severity": .string($0.severity.rawValue), "kind": .string($0.kind), "subject": .string($0.subject),
            "text": .string($0.text), "advice": .string($0.advice),
          ])
        }),
    ])
  }
}
