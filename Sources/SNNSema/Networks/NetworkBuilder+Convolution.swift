import SNNIR
import SNNSyntax

/// `pattern conv2d(…)` and `pattern pool2d(…)`.
extension NetworkBuilder {
  private func shape(_ end: End, _ checker: ExpressionChecker) -> [Int] {
    end.entity.kind == .input
      ? checker.model.inputs[end.entity.index].shape : checker.model.populations[end.entity.index].shape
  }

  /// `[channels, height, width]`; nil after a message.
  private func plane(_ end: End, _ pattern: String, _ checker: inout ExpressionChecker) -> [Int]? {
    let shape = shape(end, checker)
    guard end.range.count == shape.reduce(1, *) else {
      checker.report(PatternMessage.wholePopulations(pattern: pattern, at: end.reference.span))
      return nil
    }
    switch shape.count {
    case 2: return [1] + shape
    case 3: return shape
    default:
      checker.report(
        PatternMessage.planeShape(
          pattern: pattern, population: end.reference.base.text, shape: shape, at: end.reference.span))
      return nil
    }
  }

  func convolution(
    _ items: Items, _ source: End, _ target: End, _ checker: inout ExpressionChecker
  ) -> Convolution? {
    guard let item = items.pattern else { return nil }
    let name = item.name.text
    if let span = items.noSelf {
      checker.report(PatternMessage.noSelfHere(pattern: name, at: span))
      return nil
    }
    let isPooling = name == "pool2d"
    let known = ["kernel", "stride", "padding"] + (isPooling ? [] : ["channels"])
    var given: [String: Argument] = [:]
    for (place, argument) in item.arguments.enumerated() {
      let label = argument.label?.text ?? (place == 0 ? "kernel" : "\(place + 1)")
      guard known.contains(label), given[label] == nil else {
        let span = argument.label?.span ?? checker.expression(argument.value).span
        checker.report(.unknownArgument(function: name, name: label, at: span, known: known))
        return nil
      }
      given[label] = argument
    }
    guard let kernelItem = given["kernel"] else {
      checker.report(
        PatternMessage.needs(
          pattern: name, name: "kernel", example: "\(name)(kernel = \(isPooling ? 2 : 3))", at: item.span))
      return nil
    }
    guard let from = plane(source, name, &checker), let to = plane(target, name, &checker),
      let kernel = sides(kernelItem.value, "kernel", least: 1, &checker)
    else { return nil }
    var stride = isPooling ? kernel : [1, 1]
    if let argument = given["stride"] {
      guard let found = sides(argument.value, "stride", least: 1, &checker) else { return nil }
      stride = found
    }
    var padding = [0, 0]
    if let argument = given["padding"] {
      if case .name("same") = checker.expression(argument.value).kind {
        guard stride == [1, 1], kernel.allSatisfy({ $0 % 2 == 1 }) else {
          checker.report(PatternMessage.samePadding(at: checker.expression(argument.value).span))
          return nil
        }
        padding = kernel.map { $0 / 2 }
      } else {
        guard let found = sides(argument.value, "padding", least: 0, &checker) else { return nil }
        padding = found
      }
    }
    let size = (0..<2).map {
      Convolution.side(from[$0 + 1], kernel: kernel[$0], stride: stride[$0], padding: padding[$0])
    }
    guard size.allSatisfy({ $0 > 0 }) else {
      checker.report(
        PatternMessage.kernelTooLarge(
          pattern: name, kernel: kernel, side: (0..<2).map { from[$0 + 1] + 2 * padding[$0] },
          at: checker.expression(kernelItem.value).span))
      return nil
    }
    var channels = isPooling ? from[0] : to[0]
    if let argument = given["channels"] {
      guard let found = checker.wholeNumber(argument.value, what: "`channels`", least: 1) else { return nil }
      channels = found
    }
    guard to == [channels] + size else {
      let shown = shape(target, checker)
      checker.report(
        PatternMessage.targetShape(
          pattern: name, population: target.reference.base.text, shape: shown, expected: [channels] + size,
          at: target.reference.span, source: source.reference.span))
      return nil
    }
    return Convolution(
      source: from, target: to, kernel: kernel, stride: stride, padding: padding, isPooling: isPooling)
  }

  /// A number for both sides, or `[height, width]`.
  private func sides(
    _ id: ExprID, _ what: String, least: Int, _ checker: inout ExpressionChecker
  ) -> [Int]? {
    var parts = [id, id]
    if case .list(let elements) = checker.expression(id).kind { parts = elements }
    var result: [Int] = []
    for part in parts {
      let checked = checker.number(part, expecting: .one, because: "`\(what)` counts units")
      guard let value = checker.staticValue(checked, what: "`\(what)`") else { return nil }
      guard let whole = Int(exactly: value), whole >= least, whole <= 1 << 16, parts.count == 2 else {
        checker.report(PatternMessage.kernelNumber(what: what, least: least, at: checker.expression(id).span))
        return nil
      }
      result.append(whole)
    }
    return result.count == 2 ? result : nil
  }
}
