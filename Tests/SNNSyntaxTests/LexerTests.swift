import Testing

@testable import SNNSyntax

private func kinds(_ text: String) -> [TokenKind] { lex(source(text)).0.tokens.dropLast().map(\.kind) }

private func spelling(_ text: String) -> [String] {
  let file = source(text)
  return lex(file).0.tokens.dropLast().map { file.text($0.span) }
}

private func lexicalCodes(_ text: String) -> [String] { lex(source(text)).1.map(\.id.code) }

@Suite struct LexerTests {
  @Test(arguments: [
    ("10 ms", ["10", "ms"]), ("20 uF/cm^2", ["20", "uF/cm^2"]), ("10 mV^-1", ["10", "mV^-1"]),
    ("0.01 /mV/ms", ["0.01", "/mV/ms"]), ("36 degC", ["36", "degC"]), ("1 MΩ", ["1", "MΩ"]),
    ("1 µA*s", ["1", "µA*s"]), ("1_000 Hz", ["1_000", "Hz"]), ("2e-3 S/m", ["2e-3", "S/m"]),
    // A division by a variable: spaces, or no unit's name.
    ("2 / s", ["2", "/", "s"]), ("10 ms/tau", ["10", "ms", "/", "tau"]), ("10 ms / s", ["10", "ms", "/", "s"]),
    // An exponent that is no whole number is a power of the quantity.
    ("10 mV^x", ["10", "mV", "^", "x"]), ("1/2 ms", ["1", "/", "2", "ms"]),
    ("1 per unit", ["1", "per", "unit"]), ("0 in", ["0", "in"]),
  ])
  func unitsStandDirectlyAfterNumbers(_ text: String, _ expected: [String]) {
    #expect(spelling(text) == expected)
  }

  @Test func onlyWhatFollowsANumberIsAUnit() {
    #expect(kinds("10 ms") == [.number, .unit])
    #expect(kinds("x ms") == [.name, .name])
    #expect(kinds("10\nms") == [.number, .name])
    #expect(kinds("s = 1") == [.name, .assign, .number])
  }

  @Test func rangesAfterIntegers() {
    #expect(kinds("1..2") == [.number, .range, .number])
    #expect(kinds("0 ..<n") == [.number, .halfOpenRange, .name])
    #expect(spelling("1.5..2") == ["1.5", "..", "2"])
    #expect(spelling("1 ms .. 100 ms") == ["1", "ms", "..", "100", "ms"])
  }

  @Test func numbers() {
    let tokens = lex(source("1_000 2e-3 0.5 7 1E3")).0.tokens
    #expect(tokens.dropLast().map(\.value) == [1000, 0.002, 0.5, 7, 1000])
    #expect(tokens.dropLast().map(\.isInteger) == [true, false, false, true, false])
  }

  @Test func greekAndOtherLettersAreLetters() {
    #expect(spelling("τ_mem β α₁ größe 電圧") == ["τ_mem", "β", "α₁", "größe", "電圧"])
    #expect(kinds("τ_mem β α₁ größe 電圧").allSatisfy { $0 == .name })
    // U+00B5 and U+03BC look the same and are one name.
    #expect(Set(lex(source("\u{B5} \u{3BC}")).0.tokens.dropLast().map(\.text)).count == 1)
  }

  @Test func operatorsAreCutLongestFirst() {
    #expect(
      kinds("a += b -= c *= d /= e")
        == "a += b -= c *= d /= e".split(separator: " ").map { word in
          TokenKind(rawValue: String(word)).flatMap { $0.isPunctuation ? $0 : nil } ?? .name
        })
    #expect(kinds("a->b") == [.name, .arrow, .name])
    #expect(kinds("x =~ 1 +- 2") == [.name, .matches, .number, .plusMinus, .number])
    // Without `=~` before it, `+-` is a sum with a negated term.
    #expect(kinds("a +-b") == [.name, .plus, .minus, .name])
    #expect(kinds("a<-b") == [.name, .less, .minus, .name])
  }

  @Test func escapesInStrings() {
    let tokens = lex(source(#""a\"b\\c\n""#)).0.tokens
    #expect(tokens[0].text == "a\"b\\c\n")
    #expect(lexicalCodes("\"abc\nx") == ["E0004"])
  }

  @Test(arguments: [
    ("a\u{0}b", "E0002"), ("10ms", "E0007"), ("x # y", "E0008"), ("/* a */", "E0009"), ("3 × 4", "E0005"),
    ("1e400", "E0012"), ("a @ b", "E0003"),
  ])
  func badCharactersAreReported(_ text: String, _ code: String) {
    #expect(lexicalCodes(text) == [code])
  }

  @Test func triviaAndTokensAreTheFile() {
    var bytes = Array((digitsProgram + everythingProgram + "\r\n\t// ende\r\n\u{A0}x ").utf8)
    bytes += [0xFF, 0xC3, 0x28, 0x00, 0xE2, 0x82]
    let file = SourceFile(id: FileID(0), name: "x", utf8: bytes)
    #expect(lex(file).0.reassembled(file) == bytes)
  }

  @Test func unitTableKnowsWhatItMeasures() {
    // mV = 1e-3 kg m^2 s^-3 A^-1 (SI brochure, 9th edition, table 4).
    let mV = UnitTable.units["mV"]
    #expect(mV?.exponents == SIExponents(time: -3, length: 2, mass: 1, current: -1))
    #expect(mV?.decade == -3)
    #expect(UnitTable.units["mM"]?.scale == 1)  // millimolar is mol per cubic metre
    #expect(UnitTable.units["kg"]?.scale == 1)
    #expect(UnitTable.units["degC"]?.offset == 273.15)
    #expect(UnitTable.units["µS"] == UnitTable.units["uS"])
    #expect(UnitTable.units["Ω"] == UnitTable.units["Ohm"])
    #expect(UnitTable.units["degF"] == nil)
    #expect(Keywords.reserved.allSatisfy { !UnitTable.isUnit($0) })
    #expect(Keywords.afterNumber.allSatisfy { !UnitTable.isUnit($0) })
  }
}
