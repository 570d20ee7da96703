import Testing

@testable import snn

@Suite struct ProgressTests {
  var progress = Progress(
    epoch: 3, epochs: 20, samplesDone: 640, samplesInEpoch: 1280, samplesPerSecond: 12_000,
    loss: 0.41236,
    scores: [.init(name: "accuracy", value: 0.873)],
    rates: [.init(name: "hidden", value: 21.25), .init(name: "inh", value: 0)],
    epochSeconds: 0.11)
  let plain = Style(isOn: false)

  @Test func liveLine() {
    #expect(
      progress.liveLine(width: 120, style: plain)
        == "epoch  3/20 ━━━━━━━━━━━━──────────── 12 000/s  1.9 s left  loss 0.412  accuracy 87.3 %  hidden 21.3 Hz  inh silent"
    )
  }

  @Test(arguments: [20, 40, 60, 80, 100]) func neverWiderThanTheTerminal(width: Int) {
    #expect(progress.liveLine(width: width, style: plain).count < width)
    #expect(progress.finishedLine(width: width, style: plain).count < width)
  }

  @Test func theImportantStaysWhenItIsNarrow() {
    let line = progress.liveLine(width: 70, style: plain)
    #expect(line.contains("loss 0.412"))
    #expect(!line.contains("hidden"))
  }

  @Test func plainLine() {
    var progress = progress
    progress.validation = [
      .init(name: "test loss", value: 0.5), .init(name: "test accuracy", value: 0.9),
    ]
    #expect(
      progress.finishedLine(width: nil, style: plain)
        == "epoch  3/20  loss 0.412  accuracy 87.3 %  test loss 0.5  test accuracy 90.0 %  hidden 21.3 Hz  inh silent  12 000/s  0.1 s"
    )
  }

  @Test func machineLine() {
    #expect(
      progress.json.text == """
        {"event":"epoch","epoch":3,"epochs":20,"loss":0.41236,"scores":{"accuracy":0.873},\
        "rates_hz":{"hidden":21.25,"inh":0.0},"samples_per_second":12000.0,"seconds":0.11}
        """)
  }

  @Test func timeLeftCountsTheRestOfEveryEpoch() {
    // (17 epochs x 1280 + 640) / 12 000.
    #expect(abs(progress.secondsLeft - 22_400.0 / 12_000) < 1e-12)
  }

  @Test func bars() {
    #expect(Progress.bar(0, width: 4) == "────")
    #expect(Progress.bar(0.375, width: 4) == "━╸──")
    #expect(Progress.bar(1, width: 4) == "━━━━")
    #expect(Progress.bar(.nan, width: 4) == "────")
    #expect(Progress.bar(7, width: 4) == "━━━━")
  }

  @Test func scoresAboveOneAreNotShares() {
    #expect(Progress.scoreText(12.5) == "12.5")
    #expect(Progress.scoreText(1) == "100.0 %")
  }
}

@Suite struct OutputTests {
  @Test func coloursOnlyOnATerminalThatWantsThem() {
    #expect(Output.wantsColour(isTerminal: true) { _ in nil })
    #expect(!Output.wantsColour(isTerminal: false) { _ in nil })
    #expect(!Output.wantsColour(isTerminal: true) { $0 == "NO_COLOR" ? "1" : nil })
    // no-color.org: an empty value means nothing.
    #expect(Output.wantsColour(isTerminal: true) { $0 == "NO_COLOR" ? "" : "xterm" })
    #expect(!Output.wantsColour(isTerminal: true) { $0 == "TERM" ? "dumb" : nil })
  }

  @Test func json() {
    let value: JSON = .object([
      "text": "a\"b\\c\n\u{1}é", "none": .number(.nan), "list": [1, 2.5, true, .null],
      "empty": .object([]),
    ])
    #expect(
      value.text == #"{"text":"a\"b\\c\n\u0001é","none":null,"list":[1,2.5,true,null],"empty":{}}"#)
  }
}
