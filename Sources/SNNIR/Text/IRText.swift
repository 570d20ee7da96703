/// Every stage of the IR as text, and back: what `--dump` prints and what passes are tested from.
///
/// A text is `graph { … }` followed by records over its values. References are `%3` (value), `$hidden.U` (symbol),
/// `#hidden` (extent) and `@hidden.U` (buffer); a name that is used twice carries its index, `$U~12`. Commas only
/// separate and `//` begins a comment. Reading what was printed gives an equal module, and printing that gives the same
/// text.
public enum IRText {
  public static func text(of graph: Graph) -> String { text(of: graph, TextNames(graph), []) }

  public static func text(of network: NetworkModel, tasks: [TaskModel] = []) -> String {
    let names = TextNames(network.graph)
    return text(of: network.graph, names, [network.text(names)] + tasks.map { $0.text(names) })
  }

  public static func text(of steps: [StepModel], in graph: Graph) -> String {
    let names = TextNames(graph)
    return text(of: graph, names, steps.map { $0.text(names) })
  }

  public static func text(of plan: Plan) -> String {
    let names = names(of: plan)
    return text(of: plan.graph, names, plan.buffers.map { $0.text(names) } + [plan.text(names)])
  }

  private static func names(of plan: Plan) -> TextNames {
    var names = TextNames(plan.graph)
    names.buffers = TextNameTable("@", plan.buffers.map(\.name))
    return names
  }

  private static func text(of graph: Graph, _ names: TextNames, _ records: [TextTree]) -> String {
    let lines = graph.lines(names).map { "  " + $0 + "\n" }.joined()
    return "graph {\n" + lines + "}\n" + records.map { $0.layout() }.joined()
  }
}

extension IRText {
  public static func graph(from text: String) throws(IRTextError) -> Graph {
    let (graph, _, records) = try parse(text)
    if let extra = records.first { throw extra.unexpected("the end") }
    return graph
  }

  public static func network(from text: String) throws(IRTextError) -> (NetworkModel, [TaskModel]) {
    let (graph, names, records) = try parse(text)
    guard let first = records.first else {
      throw IRTextError(line: 1, .missingField("network { … }", of: "the text"))
    }
    var network = try NetworkModel(first, names)
    network.graph = graph
    var tasks: [TaskModel] = []
    for record in records.dropFirst() { tasks.append(try TaskModel(record, names)) }
    return (network, tasks)
  }

  public static func steps(from text: String) throws(IRTextError) -> ([StepModel], Graph) {
    let (graph, names, records) = try parse(text)
    var steps: [StepModel] = []
    for record in records { steps.append(try StepModel(record, names)) }
    return (steps, graph)
  }

  public static func plan(from text: String) throws(IRTextError) -> Plan {
    var (graph, names, records) = try parse(text)
    guard let last = records.popLast() else {
      throw IRTextError(line: 1, .missingField("plan { … }", of: "the text"))
    }
    var buffers: [Buffer] = []
    for record in records { buffers.append(try Buffer(record, names)) }
    names.buffers = TextNameTable("@", buffers.map(\.name))
    var plan = try Plan(last, names)
    plan.graph = graph
    plan.buffers = buffers
    return plan
  }

  private static func parse(_ text: String) throws(IRTextError) -> (Graph, TextNames, [TextTree]) {
    var parser = try TextParser(text)
    guard parser.next.kind == .word, parser.next.text == "graph" else { throw parser.unexpected("graph { … }") }
    _ = parser.take()
    let (graph, names) = try parser.graph()
    var records: [TextTree] = []
    while !parser.isAtEnd { records.append(try parser.tree(isLabelled: false)) }
    return (graph, names, records)
  }
}
