import ArgumentParser
import SNN

struct CompletionsVerb: ParsableCommand {
  enum Shell: String, ExpressibleByArgument, CaseIterable, Sendable { case bash, zsh, fish }

  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Print what a shell needs to complete verbs, options and files.",
    discussion: """
      bash: snn completions bash > ~/.local/share/bash-completion/completions/snn
      zsh:  snn completions zsh > a folder of $fpath, as _snn
      fish: snn completions fish > ~/.config/fish/completions/snn.fish
      """)

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() throws {
    let kind: CompletionShell
    switch shell {
    case .bash: kind = .bash
    case .zsh: kind = .zsh
    case .fish: kind = .fish
    }
    Terminal.standard.print(Command.completionScript(for: kind))
  }
}
