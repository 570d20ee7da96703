import Testing

@testable import SNN

@Suite struct AxisTests {
  @Test func stepsAreOneTwoOrFive() {
    let axis = Axis.linear(Scale(lower: -66, upper: -48), target: 5)
    #expect(axis.ticks.map(\.label) == ["-65", "-60", "-55", "-50"])
    let fine = Axis.linear(Scale(lower: 0, upper: 0.009), target: 5)
    #expect(fine.ticks.map(\.label) == ["0.000", "0.002", "0.004", "0.006", "0.008"])
  }

  @Test func longTimesAreShownInSeconds() {
    let axis = Axis.time(Scale(lower: 0, upper: 20_000), target: 5)
    #expect(axis.label == "time (s)")
    #expect(axis.ticks.map(\.label) == ["0", "5", "10", "15", "20"])
    #expect(axis.ticks.map(\.value) == [0, 5000, 10_000, 15_000, 20_000])
  }

  @Test func epochsAreWhole() {
    let axis = Axis.linear(Scale(lower: 1, upper: 3), target: 8, wholeSteps: true)
    #expect(axis.ticks.map(\.label) == ["1", "2", "3"])
  }

  @Test func decades() {
    let axis = Axis.logarithmic(Scale(lower: 0.009, upper: 3, isLogarithmic: true))
    #expect(axis.ticks.map(\.label) == ["0.01", "0.1", "1"])
  }

  @Test func emptyRangesHaveAir() {
    #expect(Scale.containing([3, 3]) == Scale(lower: 2.7, upper: 3.3))
    #expect(Scale.containing([.nan]) == Scale(lower: 0, upper: 1))
  }
}
