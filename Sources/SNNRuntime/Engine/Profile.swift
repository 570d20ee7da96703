import CSNNKernels
import SNNIR

/// Where the time of an engine's runs went, by population and connection.
public struct Profile: Sendable {
  public enum Work: String, Sendable {
    /// Equations: a tick's kernel forward, or its adjoint.
    case equations
    /// Lists of who fired.
    case spikes
    case delivery
    /// The transposed product.
    case backward = "error back"
    case weightGradient = "weight gradient"
    /// A synapse's own rule.
    case plasticity
    case draws
    /// Traces of a forward rule.
    case traces
    /// Clearing and reductions.
    case other
  }

  public struct Entry: Sendable {
    /// A population, a connection, or the task.
    public var subject: String
    public var work: Work
    /// While time runs backward.
    public var isReverse: Bool
    /// Of all workers together.
    public var seconds: Double
  }

  /// Longest first.
  public var entries: [Entry]
  public var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }
}

extension Engine {
  /// Times every step from now on, which costs some 40 ns each.
  public func startProfile() {
    isProfiling = true
    retiredTimes = []
    for arena in arenas { arena.startProfile() }
  }

  /// What was measured since `startProfile`.
  public func profile() -> Profile {
    var entries: [Profile.Entry] = []
    let times = retiredTimes + arenas.flatMap(\.times)
    for section in Section.allCases {
      for index in program.sections[section.rawValue].indices {
        let at = program.firstStep(section) + index
        let nanoseconds = times.reduce(UInt64(0)) { $0 + $1[at] }
        guard nanoseconds > 0 else { continue }
        let (subject, work) = program.subject(program.sections[section.rawValue][index])
        let seconds = Double(nanoseconds) * 1e-9
        if let known = entries.firstIndex(where: {
          $0.subject == subject && $0.work == work && $0.isReverse == section.isReverse
        }) {
          entries[known].seconds += seconds
        } else {
          entries.append(
            Profile.Entry(subject: subject, work: work, isReverse: section.isReverse, seconds: seconds))
        }
      }
    }
    return Profile(entries: entries.sorted { ($0.seconds, $1.subject) > ($1.seconds, $0.subject) })
  }
}

extension Arena {
  var times: [[UInt64]] { (contexts + [global]).map(\.times).filter { !$0.isEmpty } }

  func startProfile() {
    for context in contexts + [global] {
      context.times = [UInt64](repeating: 0, count: context.program.sections.reduce(0) { $0 + $1.count })
    }
  }
}

extension Program {
  /// The place of a section's first step among all steps.
  func firstStep(_ section: Section) -> Int { sections[..<section.rawValue].reduce(0) { $0 + $1.count } }

  /// Whom the time of a step is put down to.
  fileprivate func subject(_ step: StepCode) -> (String, Profile.Work) {
    switch step {
    case .kernel(let index): (owner(kernelOutputs[index].first?.0), .equations)
    case .zero(let buffer, _): (owner(buffer), .other)
    case .reduce(_, let source, _, _), .argreduce(_, let source, _): (owner(source), .other)
    case .draw(_, _, _, let into): (owner(into), .draws)
    case .influence: ("task", .traces)
    case .plasticity(let rule, _): (plan.connections[plan.rules[rule].connection].name, .plasticity)
    case .extract(let population, _, _): (plan.graph[plan.populations[population]].name, .spikes)
    case .deliver(let c, _, _), .deliverContinuous(let c, _, _, _): (plan.connections[c].name, .delivery)
    case .deliverTransposed(let c, _, _, _, _): (plan.connections[c].name, .backward)
    case .outer(let c, _, _), .outerContinuous(let c, _, _, _): (plan.connections[c].name, .weightGradient)
    }
  }

  private func owner(_ buffer: BufferID?) -> String {
    guard let buffer, let extent = plan[buffer].extent else { return "task" }
    return plan.graph[extent].name
  }
}

extension ExecutionContext {
  /// As the loop of `run(_:)`, with a look at the clock around each step.
  func runTimed(_ steps: [StepCode], _ section: Section, tick: Int) {
    var before = snn_nanoseconds()
    let first = program.firstStep(section)
    for (index, step) in steps.enumerated() {
      run(step, tick: tick)
      let after = snn_nanoseconds()
      times[first + index] += after - before
      before = after
    }
  }
}
