import Foundation
import SNN
import Testing

/// Everything that can be wrong, with the exit status that is promised for it.
@Suite struct FaultTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var script: String
    var status: Int32
    /// Stands in the message.
    var text: String
    var testDescription: String { script }
  }

  static let cases: [Case] = [
    Case(script: ": > empty.snn; snn check empty.snn", status: 1, text: "error"),
    Case(script: ": > empty.snn; snn run empty.snn", status: 1, text: "error"),
    Case(script: "head -c 3000 \"$(command -v snn)\" > rubbish.snn; snn check rubbish.snn", status: 1, text: "error["),
    Case(script: "snn check nested.snn", status: 1, text: "error["),
    Case(
      script: "snn train kinds.snn --epochs 1 --save w.h5; cp w.h5 v.h5; ! snn fmt w.h5 && cmp w.h5 v.h5 && exit 1",
      status: 1, text: "w.h5 is not UTF-8 text: it stays as it is"),
    Case(
      script: "printf 'neuron N { state V = 0 mV } // \\377' > n.snn; snn check n.snn --fix", status: 1,
      text: "n.snn is not UTF-8 text: it stays as it is"),
    Case(script: "snn check nowhere.snn", status: 3, text: "cannot open nowhere.snn: No such file"),
    Case(script: "snn train .", status: 3, text: "cannot read .: Is a directory"),
    Case(script: "snn check kinds.snn --set hidden=3", status: 1, text: "hidden"),
    Case(script: "snn check kinds.snn --set nonsense", status: 2, text: "nonsense"),
    Case(script: "snn check kinds.snn --set n=8", status: 0, text: "no errors"),
    Case(script: "snn train kinds.snn --task other", status: 2, text: "there is no task `other`; kinds.snn has kinds"),
    Case(script: "snn eval kinds.snn --data other", status: 2, text: "other"),
    Case(script: "snn run kinds.snn --record hidden.V", status: 2, text: "hidden.U"),
    Case(script: "snn run kinds.snn --sample 99", status: 3, text: "there is no sample 99"),
    Case(script: "snn train kinds.snn --threads 0", status: 2, text: "--threads"),
    Case(script: "snn train neuron.snn", status: 1, text: "no `loss` and `learn`"),
    Case(script: "rm data.csv; snn train kinds.snn", status: 3, text: "data.csv"),
    Case(
      script: "cut -d, -f2- data.csv > d; mv d data.csv; snn train kinds.snn", status: 1,
      text: "`pattern` has 4 units, the value fed to it 3"),
    Case(
      script: "sed 's/csv(.*last)/hdf5(\"cube.h5\")/' kinds.snn > h.snn; snn train h.snn", status: 3,
      text: "[2, 2, 2, 4]"),
    Case(script: "sed '5s/^[^,]*/nan/' data.csv > d; mv d data.csv; snn train kinds.snn", status: 3, text: "nan"),
    Case(script: "sed '5s/,[^,]*//' data.csv > d; mv d data.csv; snn train kinds.snn", status: 3, text: "data.csv"),
    Case(script: ": > data.csv; snn train kinds.snn", status: 3, text: "data.csv"),
    Case(script: "snn run explosion.snn", status: 3, text: "cell.U"),
    Case(script: "snn eval kinds.snn --params nowhere.h5", status: 3, text: "nowhere.h5"),
    Case(script: "snn eval kinds.snn --params data.csv", status: 3, text: "data.csv"),
    Case(script: "snn eval kinds.snn --params rank.h5", status: 3, text: "w_in"),
    Case(script: "snn grad kinds.snn --batch rank.h5 --out g.h5", status: 3, text: "rank"),
    Case(script: "snn grad kinds.snn --out g.h5", status: 2, text: "--batch"),
    Case(script: "snn train kinds.snn --save no/such/w.h5", status: 3, text: "cannot write no/such/w.h5"),
    Case(script: "snn train kinds.snn --save .", status: 3, text: "folder"),
    Case(script: "snn train kinds.snn --epochs 1 > /dev/full", status: 3, text: "No space left"),
    Case(script: "snn run kinds.snn --seed -1", status: 2, text: "The value '-1' is invalid for '--seed <number>'"),
    Case(script: "snn train kinds.snn --epochs -1", status: 2, text: "--epochs cannot be negative"),
    Case(script: "snn run kinds.snn --sample -1", status: 2, text: "--sample counts from 0"),
    Case(script: "snn run kinds.snn --plot a.png", status: 2, text: "pictures are written as SVG"),
    Case(script: "snn run kinds.snn --out kinds.snn", status: 2, text: "numbers are written as HDF5"),
    Case(script: "snn train kinds.snn --report a.pdf", status: 2, text: "the page is written as HTML"),
    Case(script: "snn plot neuron.snn gradients", status: 2, text: "there are no gradients"),
    Case(
      script: "snn train kinds.snn --epochs 1 --save w.h5; head -c 3000 w.h5 > c.h5; snn eval kinds.snn --params c.h5",
      status: 3, text: "the file is cut short: it has 3000 of"),
    Case(script: "rm data.csv; ln -s /dev/zero data.csv; snn train kinds.snn", status: 3, text: "it is a device"),
    Case(
      script: "snn run kinds.snn --set hidden.tau_mem=3", status: 1,
      text: "`tau_mem` of `LIF` must be a time, not number"),
  ]

  @Test(arguments: cases)
  func endsWithTheStatusAndSaysWhy(_ wrong: Case) throws {
    let folder = try Programs.folder()
    let nested = "neuron N { state U = " + String(repeating: "(", count: 10_000)
    try folder.write(nested, "nested.snn")
    try Fixture.write(
      [
        "/parameters/w_in": NDArray(shape: [16], [Double](repeating: 1, count: 16)),
        "/data/pattern": NDArray(shape: [2, 4], [Double](repeating: 1, count: 8)), "/data/label": NDArray([0, 1]),
      ],
      to: folder.url.appendingPathComponent("rank.h5").path)
    try Fixture.write(
      ["/sample": NDArray(shape: [2, 2, 2, 4], [Double](repeating: 1, count: 32)), "/label": NDArray([0, 1])],
      to: folder.url.appendingPathComponent("cube.h5").path)
    let outcome = try BuiltCommand.shell(wrong.script, in: folder)
    #expect(outcome.status == wrong.status, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.errors.contains(wrong.text), "\(outcome.errors)")
    #expect(!outcome.errors.contains("Fatal error"))
  }

  /// A limit on file sizes acts as a full disk does, in the middle of writing.
  @Test func aFullDiskLeavesTheOlderFile() throws {
    let folder = try Programs.folder()
    try folder.write("the older file", "w.h5")
    let outcome = try BuiltCommand.shell(
      "ulimit -f 1; snn train kinds.snn --epochs 1 --save w.h5 > /dev/null", in: folder)
    #expect(outcome.status == 3)
    #expect(outcome.errors.contains("w.h5"))
    #expect(try folder.read("w.h5") == "the older file")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(!left.contains { $0.hasSuffix(".tmp") })
  }

  @Test func faultsAreJSONForMachines() throws {
    let folder = try Programs.folder()
    let outcome = try BuiltCommand.shell("rm data.csv; snn train kinds.snn --json", in: folder)
    #expect(everyLineIsJSON(outcome.output) && outcome.output.contains("\"event\":\"error\",\"status\":3"))
    try folder.write("neuron {", "broken.snn")
    let broken = try BuiltCommand.shell("snn run broken.snn --json", in: folder)
    #expect(broken.status == 1 && everyLineIsJSON(broken.output))
  }

  /// On a terminal: one live line that is redrawn, colours, and the line of a finished epoch.
  @Test func progressOnATerminal() throws {
    let outcome = try BuiltCommand.shell(
      "unset NO_COLOR; TERM=xterm script -qec 'snn train kinds.snn --epochs 2' /dev/null < /dev/null",
      in: Programs.folder())
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("\r\u{1B}[1mepoch 1/2\u{1B}[0m"))
    #expect(outcome.output.contains("━"))
    #expect(outcome.output.contains("\u{1B}[K"))
    let picture = try BuiltCommand.shell(
      "unset NO_COLOR; TERM=xterm script -qec 'snn run neuron.snn' /dev/null < /dev/null", in: Programs.folder())
    #expect(picture.output.contains("cell.U"))
    #expect(picture.output.contains { $0.unicodeScalars.first.map { (0x2801...0x28FF).contains($0.value) } == true })
  }
}
