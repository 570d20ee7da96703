import Testing

@testable import SNNSyntax

@Suite struct ParserTests {
  @Test func programOfTheLanguagePageParses() {
    #expect(codes(digitsProgram) == [])
    #expect(parsed(digitsProgram).declarations.count == 4)
  }

  @Test func everyConstructParses() {
    let (tree, diagnostics) = parse(source(everythingProgram))
    #expect(diagnostics.map(\.headline) == [])
    #expect(tree.declarations.count == 18)
    #expect(tree.allowances.map(\.text) == ["never-read"])
  }
}
