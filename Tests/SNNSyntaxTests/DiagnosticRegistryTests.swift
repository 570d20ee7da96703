import Testing

@testable import SNNSyntax

@Suite struct DiagnosticRegistryTests {
  @Test func codesAndSlugsAreUnique() {
    let all = SyntaxDiagnostics.all
    #expect(Set(all.map(\.id.code)).count == all.count)
    #expect(Set(all.map(\.id.slug)).count == all.count)
    #expect(all.allSatisfy { $0.id.code.hasPrefix("E00") || $0.id.code.hasPrefix("E01") })
  }

  @Test(arguments: SyntaxDiagnostics.all)
  func exampleTriggersItsCodeAndNothingElse(_ explanation: Explanation) {
    let file = SourceFile(id: FileID(0), name: "example.snn", utf8: explanation.exampleBytes)
    let found = parse(file).1.map(\.id.code)
    // That there are more stands behind a hundred others.
    let isMore = explanation.id == .more
    #expect(isMore ? found.count == Diagnostic.limit + 1 : found.count == 1)
    #expect(found.last == explanation.id.code, "\(explanation.example)")
  }
}
