import Testing

@Suite struct CommandLineTests {
  @Test func versionAndHelp() throws {
    let version = try BuiltCommand.shell("snn --version")
    #expect(version.status == 0)
    // The version, how it was built, and what the machine offers.
    #expect(version.output.hasPrefix("snn 0.1.0\nbuild: "))
    #expect(version.output.contains("instruction sets of this machine: "))
    let help = try BuiltCommand.shell("snn --help")
    #expect(help.status == 0)
    #expect(help.output.contains("Exit status"))
  }

  @Test(arguments: ["--bogus", "nonsense", "nonsense x.snn"])
  func aWrongCommandLineIsTwo(arguments: String) throws {
    let outcome = try BuiltCommand.shell("snn \(arguments)")
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.hasPrefix("Error: "))
  }

  @Test func aFullDiskIsAFaultAndAClosedPipeIsNot() throws {
    #expect(try BuiltCommand.shell("snn --help > /dev/full").status == 3)
    #expect(try BuiltCommand.shell("(sleep 0.1; snn --help; echo $? >&2) | true").errors == "0\n")
  }
}
