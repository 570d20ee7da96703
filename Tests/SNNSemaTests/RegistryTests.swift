import SNNSyntax
import Testing

@testable import SNNSema

@Suite struct RegistryTests {
  @Test func codesAndSlugsAreUnique() {
    let all = SemaDiagnostics.all + SyntaxDiagnostics.all
    #expect(Set(all.map(\.id.code)).count == all.count)
    #expect(Set(all.map(\.id.slug)).count == all.count)
  }

  @Test(arguments: SemaDiagnostics.all)
  func exampleTriggersItsCodeAndNothingElse(_ explanation: Explanation) {
    let isSetting = explanation == SemaDiagnostics.setting
    let (_, diagnostics) = checked(explanation.example, set: isSetting ? ["nothing": "1"] : [:])
    #expect(diagnostics.map(\.id.code) == [explanation.id.code], "\(diagnostics.map(\.headline))")
  }
}
