import SNNData
import SNNIR
import SNNRuntime

extension Session {
  /// Feedback matrices that a rule takes from a file: a dataset per connection on the way of an error, called as the
  /// weights it stands for, `[post, pre]`, in their declared unit.
  /// - Throws: `SNNError.data` where one is missing or has another shape.
  func fillFeedback(_ entry: RuleEngine) throws {
    guard case .file(let name)? = entry.rule?.feedback else { return }
    let path = name.hasPrefix("/") || model.folder.isEmpty ? name : model.folder + "/" + name
    let suffix = ".feedback"
    let file = try HDF5File(reading: path)
    for (index, parameter) in entry.engine.plan.parameters.enumerated() where parameter.name.hasSuffix(suffix) {
      let weight = String(parameter.name.dropLast(suffix.count))
      guard let known = model.network.parameter(named: weight) else { continue }
      guard file.contains("/" + weight) else {
        throw SNNError.data("\(path): there is no dataset `\(weight)`, the feedback in place of these weights")
      }
      let array = try file.read(weight)
      let wanted = shape(of: known)
      guard array.shape.filter({ $0 != 1 }) == wanted.filter({ $0 != 1 }), let values = array.doubles() else {
        throw SNNError.data("\(path): `\(weight)` has the shape \(array.shape), the weights it stands for \(wanted)")
      }
      if let (position, value) = array.firstNotFinite() {
        throw SNNError.data("\(path): `\(weight)` is \(value) at \(position)")
      }
      try entry.engine.setParameter(index, values.map { parameter.unit.toInternal($0) })
    }
  }
}
