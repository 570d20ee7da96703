import Testing

@testable import SNN

@Suite struct NumberTextTests {
  @Test(arguments: [
    (2.5, 0, "3"), (-2.5, 0, "-3"), (0.005, 2, "0.01"), (1.0 / 3, 3, "0.333"), (-0.0001, 2, "0.00"),
    (12, 1, "12.0"),
    (.nan, 2, "nan"), (-.infinity, 2, "-inf"),
  ])
  func fixed(value: Double, decimals: Int, text: String) {
    #expect(NumberText.fixed(value, decimals) == text)
  }

  @Test(arguments: [
    (0, "0"), (1000, "1000"), (999.96, "1000"), (0.0123456, "0.01235"), (123456, "123456"),
    (1_234_567, "1.235e+06"),
    (0.00001234, "1.234e-05"), (-65.5, "-65.5"), (9.9999e-5, "0.0001"),
  ])
  func significant(value: Double, text: String) { #expect(NumberText.significant(value) == text) }

  @Test(arguments: [
    (0.04, "0.0 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"),
    (3725, "1 h 02 min"), (.nan, "-"),
  ])
  func duration(seconds: Double, text: String) {
    #expect(NumberText.duration(seconds: seconds) == text)
  }

  @Test(arguments: [(0, "0"), (9999, "9999"), (12345, "12 345"), (-1_234_567, "-1 234 567")])
  func count(value: Int, text: String) { #expect(NumberText.count(value) == text) }
}
