import ArgumentParser
import SNN

@main
struct Command: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snn",
    abstract: "Spiking neural networks from their equations: check, simulate, train, explain.",
    usage: "snn <verb> FILE [options]",
    discussion: """
      A .snn file holds an experiment: neurons as equations, how populations connect, what is to be minimised and by \
      which rule. FILE may be - for standard input.

      Exit status: 0 fine, 1 the model is wrong, 2 the command line is wrong, 3 a run-time fault (data, files, NaN), \
      4 an expectation failed, 130 interrupted.
      """,
    version: Version.text,
    subcommands: [
      Check.self, Run.self, Train.self, Eval.self, TestVerb.self, Explain.self, GradCheck.self, Grad.self,
      Compare.self, SweepVerb.self, Export.self, Import.self,
      PlotVerb.self, Bench.self,
      Format.self, Repl.self, DoctorVerb.self, LanguageServerVerb.self, NewVerb.self, CompletionsVerb.self,
    ])

  static func main() {
    Terminal.prepareProcess()
    let terminal = Terminal.standard
    var status = ExitStatus.fine
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      status = failure.status
      if let message = failure.message { terminal.error(message) }
    } catch {
      // ArgumentParser's own: help and version end well, the rest is a wrong command line.
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if code.isSuccess {
        terminal.print(message)
      } else {
        status = .commandLineWrong
        terminal.complain(message)
      }
    }
    if let fault = terminal.output.fault, status == .fine {
      terminal.error("cannot write to standard output: \(fault)")
      status = .runTimeFault
    }
    Self.exit(withCode: status)
  }
}
