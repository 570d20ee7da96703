import SNNData
import Testing

private func table(_ text: String) throws(DataError) -> CSVTable {
  try CSVTable(parsing: Array(text.utf8), file: "t.csv")
}

@Suite struct CSVTests {
  /// Counts of the UCI test set: 1797 rows, 64 pixels of 0..16, ten classes.
  @Test func digits() throws {
    let set = try Dataset.csv(example("digits.csv"), label: .last)
    #expect(set.count == 1797)
    let sample = try set.field("sample")
    #expect(sample.shape == [1797, 64])
    #expect(sample.axes == ["sample", "unit"])
    let values = try #require(sample.doubles())
    #expect(values.min() == 0 && values.max() == 16)
    #expect(Array(values[0..<8]) == [0, 0, 5, 13, 9, 1, 0, 0])
    #expect(set.labels?.prefix(4) == [0, 1, 2, 3])
    #expect(set.classCount == 10)
  }

  @Test func headerQuotesCommentsAndLineEnds() throws {
    let t = try table(
      "\u{FEFF}# made by hand\n\"a, b\",\"say \"\"x\"\"\",c\r\n1, \"2\" ,3\r\n\n  # more\n-4.5e1,.5,+6\n"
    )
    #expect(t.header == ["a, b", "say \"x\"", "c"])
    #expect(try t.numbers([0, 1, 2]).doubles() == [1, 2, 3, -45, 0.5, 6])
    #expect(try t.column(.name("c")).doubles() == [3, 6])
    #expect(try t.column(.first).doubles() == [1, -45])
  }

  /// Columns may be called by their numbers; a row of data with a slip in it is no header.
  @Test func numbersInTheFirstRow() throws {
    let named = try table("0,1,label\n5,6,7\n")
    #expect(named.header == ["0", "1", "label"])
    let wrong = try table("5,x,3\n5,6,7\n")
    #expect(wrong.header == nil && wrong.rowCount == 2)
    #expect(throws: DataError.self) { try wrong.numbers([0, 1, 2]) }
  }

  @Test func withoutHeader() throws {
    let t = try table("1,2\n3,4")
    #expect(t.header == nil)
    #expect(try t.column(.last).doubles() == [2, 4])
    #expect(t.rowCount == 2)
  }

  @Test(arguments: ["a;b\n1;2\n", "a\tb\n1\t2\n"]) func otherSeparators(text: String) throws {
    #expect(try table(text).numbers([0, 1]).doubles() == [1, 2])
  }

  @Test func missingColumnListsAndProposes() throws {
    let t = try table("pixel,label,width\n1,2,3\n")
    let e = error { () throws(DataError) in try t.column(.name("lable")) }
    #expect(
      e
        == .missing(
          file: "t.csv", kind: "column", name: "lable", available: ["pixel", "label", "width"]))
    #expect(e?.hint == "did you mean `label`? there is `pixel`, `label`, `width`")
  }

  @Test func outOfRangeColumn() throws {
    let t = try table("1,2\n")
    #expect(
      error { () throws(DataError) in try t.column(.index(2)) }
        == .outOfRange(file: "t.csv", name: "a column", index: 2, allowed: 0..<2))
  }

  @Test func badCellIsLocated() throws {
    let t = try table("a,b\n1,2\n3, oops\n")
    let e = error { () throws(DataError) in try t.numbers([0, 1]) }
    #expect(
      e
        == .badCell(
          file: "t.csv", line: 3, column: 4, name: "`b`", text: "oops", expected: "a number"))
    #expect(e?.location == "t.csv:3:4")
    #expect(
      try t.column(.name("a")).doubles() == [1, 3], "a column that is not asked for may hold text")
  }

  @Test(arguments: ["nan", "NaN", "inf", "-Infinity"]) func notFinite(text: String) throws {
    let e = error { () throws(DataError) in try table("1,2\n3,\(text)\n").numbers([0, 1]) }
    #expect(
      e
        == .badCell(
          file: "t.csv", line: 2, column: 3, name: "1", text: text, expected: "a finite number"))
  }

  @Test func emptyCell() throws {
    let e = error { () throws(DataError) in try table("1,2\n3,\n").numbers([0, 1]) }
    #expect(
      e == .badCell(file: "t.csv", line: 2, column: 3, name: "1", text: "", expected: "a number"))
  }

  @Test(arguments: [("1,2\n3\n", 1), ("1,2\n3,4,5\n", 3)]) func raggedRow(text: String, found: Int) {
    #expect(
      error { () throws(DataError) in try table(text) }
        == .raggedRow(file: "t.csv", line: 2, found: found, expected: 2))
  }

  @Test(arguments: ["", "\n\n", "# nothing\n", "a,b\n"]) func empty(text: String) {
    guard case .empty = error(of: { () throws(DataError) in try table(text) }) else {
      Issue.record("expected an error about an empty table")
      return
    }
  }

  @Test func openQuote() {
    #expect(
      error { () throws(DataError) in try table("1,2\n3,\"4\n") }
        == .badQuote(file: "t.csv", line: 2, column: 3))
    #expect(
      error { () throws(DataError) in try table("1,2\n\"3\"x,4\n") }
        == .badQuote(file: "t.csv", line: 2, column: 4))
  }

  @Test func rubbishNeverCrashes() {
    let stream = (0..<4000).map { UInt8(truncatingIfNeeded: ($0 * 2_654_435_761) >> 7) }
    for start in stride(from: 0, to: 3900, by: 13) {
      _ = try? CSVTable(parsing: Array(stream[start..<start + 97]), file: "t.csv")
    }
  }

  @Test func missingFile() {
    let e = error { () throws(DataError) in try CSVTable(reading: "/no/such/table.csv") }
    #expect(e == .cannotOpen(file: "/no/such/table.csv", reason: "no such file"))
  }

  /// The standard library's conversion is the reference.
  @Test func decimalsAreRoundedCorrectly() throws {
    let texts = [
      "0.1", "123456789.123456789", "9007199254740993", "1e22", "1e23", "1e-22", "4.35", "0.000001",
      "5e-324",
      "1.7976931348623157e308", "17976931348623158079e289", "0.30000000000000004", "-0",
      "00012.5000", "1E5", "3.",
      "123456789012345678901234567890", "2.2250738585072014e-308",
    ]
    let values = try table(texts.joined(separator: ",")).numbers(Array(texts.indices)).doubles()
    #expect(values == texts.map { Double($0 == "3." ? "3" : $0) ?? .nan })
  }
}
