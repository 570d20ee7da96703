import SNNIR
import Testing

@Suite struct RelationTests {
  private func connection(
    _ sparsity: Sparsity, sources: Range<Int> = 0..<200, targets: Range<Int> = 0..<150, name: String = "w"
  ) -> Connection {
    Connection(
      name: name, source: .population(0), sourceRange: sources, target: 0, targetRange: targets,
      signal: .spikes(port: 0), pattern: .sparse(sparsity), weight: 0, delay: sparsity.delays == nil ? 1 : 2)
  }

  private func draw(_ connection: Connection, seed: UInt64 = 1) throws -> Relation {
    try #require(Relation(drawing: connection, step: 0.1, seed: seed))
  }

  private func pairs(_ relation: Relation) -> [[Int]] {
    zip(relation.sources, relation.targets).map { [Int($0), Int($1)] }
  }

  @Test func degreesAreFixed() throws {
    let into = try draw(connection(Sparsity(.indegree(7))))
    for target in 0..<150 { #expect(into.targets.count { $0 == target } == 7) }
    let outOf = try draw(connection(Sparsity(.outdegree(9))))
    for source in 0..<200 { #expect(outOf.rows[source + 1] - outOf.rows[source] == 9) }
    for relation in [into, outOf] {
      #expect(Set(pairs(relation)).count == relation.count)
      #expect(pairs(relation) == pairs(relation).sorted { ($0[0], $0[1]) < ($1[0], $1[1]) })
    }
  }

  @Test func multapsesComeOnlyWhereSaid() throws {
    let many = Sparsity(.indegree(300), allowsMultapses: true)
    let relation = try draw(connection(many, sources: 0..<20, targets: 0..<5))
    #expect(relation.count == 1500)
    #expect(Set(pairs(relation)).count <= 100)
    let whole = try draw(connection(Sparsity(.indegree(20)), sources: 0..<20, targets: 0..<5))
    #expect(Set(pairs(whole)).count == 100)
  }

  /// 200 x 150 pairs at 0.1: 3000 ± 5 standard deviations of 52.
  @Test func chanceJoinsTheExpectedNumber() throws {
    for seed in 0..<5 as Range<UInt64> {
      let relation = try draw(connection(Sparsity(.random(0.1))), seed: seed)
      #expect(abs(relation.count - 3000) < 260)
      #expect(Set(pairs(relation)).count == relation.count)
    }
    #expect(try draw(connection(Sparsity(.random(0)))).count == 0)
    #expect(try draw(connection(Sparsity(.random(1)))).count == 30000)
  }

  @Test(arguments: [Sparsity.Rule.full, .random(0.5), .indegree(30), .outdegree(30)])
  func noUnitMeetsItself(rule: Sparsity.Rule) throws {
    // Slices that overlap in units 20 ..< 60: unit 20 is source 10 and target 0.
    let relation = try draw(
      connection(Sparsity(rule, excludesSelf: true), sources: 10..<60, targets: 20..<70))
    #expect(relation.count > 0)
    #expect(pairs(relation).allSatisfy { $0[0] + 10 != $0[1] + 20 })
    if rule == .full { #expect(relation.count == 50 * 50 - 40) }
  }

  @Test func drawsDependOnSeedAndNameAlone() throws {
    let rule = Sparsity(.random(0.1))
    #expect(try draw(connection(rule)) == draw(connection(rule)))
    #expect(try draw(connection(rule), seed: 2) != draw(connection(rule)))
    #expect(try draw(connection(rule, name: "v")) != draw(connection(rule)))
    // More sources change nothing for those there were.
    let few = try draw(connection(rule, sources: 0..<50))
    let many = try draw(connection(rule))
    #expect(Array(many.targets.prefix(few.count)) == few.targets)
  }

  @Test func delaysAreTicksOfAtLeastOne() throws {
    let rule = Sparsity(.outdegree(50), delays: Distribution(.uniform, [0, 30]))
    let delays = try #require(try draw(connection(rule)).delays)
    #expect(delays.min() == 1)
    #expect(delays.max() == 300)
    // Uniform between 0 and 300 ticks: 150 ± 5 x 87 / sqrt(10000).
    #expect(abs(Double(delays.reduce(0, +)) / Double(delays.count) - 150) < 4.4)
  }

  @Test func signsTurnDraws() {
    let stream = RandomStream(seed: 3, path: "w")
    let negative = Distribution(.normal, [0, 1], scale: 2, sign: .negative)
    for index in 0..<100 { #expect(negative.element(index, stream) <= 0) }
  }
}
