import SNNSyntax
import Testing

@testable import SNNSema

@Suite struct TaskRegistryTests {
  @Test func codesAndSlugsAreUnique() {
    let all = TaskDiagnostics.all + TaskDiagnostics.withFiles + SemaDiagnostics.all + SyntaxDiagnostics.all
    #expect(Set(all.map(\.id.code)).count == all.count)
    #expect(Set(all.map(\.id.slug)).count == all.count)
  }

  @Test(arguments: TaskDiagnostics.all + TaskDiagnostics.withFiles)
  func exampleTriggersItsCodeAndNothingElse(_ explanation: Explanation) {
    let reads = TaskDiagnostics.withFiles.contains(explanation)
    let found = checkProgram(explanation.example, shapes: reads ? sampleShapes : nil)
    #expect(found.codes == [explanation.id.code], "\(found.diagnostics.map(\.headline))")
  }
}
