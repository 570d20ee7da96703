import SNNIR

/// The named rules: points in the space of choices, from which axes that are written out depart.
enum RuleTable {
  static let names = [
    "bptt", "rtrl", "eprop", "superspike", "local_errors", "feedback_alignment", "direct_feedback_alignment",
    "random_error_bp", "likelihood", "finite_difference", "eventprop", "spike_time",
  ]
  /// Rules for exact spike times; they leave nothing to choose but what becomes of silent neurons.
  static let events = ["eventprop", "spike_time"]
  static let eventAxes = ["bump"]
  static let axes = ["mode", "surrogate", "spikes", "reset", "recurrence", "feedback", "error", "update"]

  /// The preset of a name; nil where there is none.
  static func preset(_ name: String) -> LearningRule? {
    var rule = LearningRule(name: name, surrogates: [])
    switch name {
    case "bptt", "eventprop", "spike_time": break
    case "rtrl": rule.mode = .forward
    case "eprop", "superspike", "local_errors":
      rule.mode = .forward
      rule.keepsRecurrence = false
      if name == "local_errors" { rule.feedback = .local }
    case "feedback_alignment": rule.feedback = .random(nil, seed: nil)
    case "direct_feedback_alignment": rule.feedback = .direct(nil, seed: nil)
    case "random_error_bp":
      rule.mode = .forward
      rule.keepsRecurrence = false
      rule.feedback = .direct(nil, seed: nil)
      rule.followsTime = false
    case "likelihood": rule.mode = .score
    case "finite_difference": rule.mode = .difference
    default: return nil
    }
    return rule
  }
}
