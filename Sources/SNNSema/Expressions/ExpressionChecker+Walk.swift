import SNNIR
import SNNSyntax

extension ProgramContext {
  /// The names that an expression mentions, each once, in no order that matters.
  public func names(in root: ExprID, file: FileID) -> Set<String> {
    var result: Set<String> = []
    var stack = [root]
    while let id = stack.popLast() {
      guard let expr = expression(id, in: file) else { continue }
      if case .name(let name) = expr.kind { result.insert(name) }
      stack.append(contentsOf: expr.kind.children)
    }
    return result
  }
}

extension Graph {
  /// Degree of `value` as a polynomial in the symbols that `isVariable` accepts; nil where it is none. Conditions may
  /// not depend on them.
  func degree(of value: ValueID, in isVariable: (SymbolID) -> Bool) -> Int? {
    var degrees: [ValueID: Int] = [:]
    let nonlinear = 1 << 20
    for node in reachable(from: [value]) {
      let operands = arguments(node).map { degrees[$0] ?? 0 }
      let highest = operands.max() ?? 0
      let degree: Int
      switch self[node].opcode {
      case .load: degree = isVariable(SymbolID(Int(self[node].aux))) ? 1 : 0
      case .add, .sub, .neg, .named, .path, .broadcast: degree = highest
      case .mul: degree = operands.reduce(0, +)
      case .div: degree = operands[1] == 0 ? operands[0] : nonlinear
      case .select, .blend: degree = operands[0] == 0 ? highest : nonlinear
      default: degree = highest == 0 ? 0 : nonlinear
      }
      degrees[node] = Swift.min(degree, nonlinear)
    }
    let result = degrees[value] ?? 0
    return result >= nonlinear ? nil : result
  }
}

/// Items in an order in which each comes after those it mentions; `cycle` names those that go round, if any do.
func orderByMention(_ names: [String], _ mentions: [Set<String>]) -> (order: [Int], cycle: [Int]) {
  var places: [String: Int] = [:]
  for (place, name) in names.enumerated() where places[name] == nil { places[name] = place }
  var pending = mentions.enumerated().map { place, mentioned in
    Set(mentioned.compactMap { places[$0] }.filter { $0 != place || mentioned.contains(names[place]) })
  }
  var waiting = [[Int]](repeating: [], count: names.count)
  for (place, others) in pending.enumerated() { for other in others { waiting[other].append(place) } }
  var order: [Int] = []
  var done = [Bool](repeating: false, count: names.count)
  var progress = true
  while progress {
    progress = false
    for place in names.indices where !done[place] && pending[place].isEmpty {
      done[place] = true
      progress = true
      order.append(place)
      for other in waiting[place] { pending[other].remove(place) }
    }
  }
  // What is left waits for a cycle; follow it until a place repeats.
  guard var place = done.firstIndex(of: false) else { return (order, []) }
  var seen: [Int] = []
  while !seen.contains(place) {
    seen.append(place)
    guard let next = pending[place].min() else { break }
    place = next
  }
  return (order, startingAtLeast(Array(seen[(seen.firstIndex(of: place) ?? 0)...])))
}

/// The cycle turned so that it begins with what stands first in the file.
func startingAtLeast(_ cycle: [Int]) -> [Int] {
  guard let least = cycle.min(), let start = cycle.firstIndex(of: least) else { return cycle }
  return Array(cycle[start...] + cycle[..<start])
}
