import CSNNKernels

/// Operations that stand one after the other and are done in one pass with several results.
struct NeuronPass {
  /// How many operations.
  var count: Int
  var isStrict: Bool
  /// Of a neuron that leaks, the number of its currents.
  var currents: Int?
  /// Operations whose results come out.
  var results: [Int]
  var arguments: [LaneCompiler.Argument]

  func function(of table: snn_kernels) -> snn_lane_fn {
    switch (currents, isStrict) {
    case (nil, true): table.fire_gt!
    case (nil, false): table.fire_ge!
    case (0, true): table.leak_gt.0!
    case (0, false): table.leak_ge.0!
    case (1, true): table.leak_gt.1!
    case (1, false): table.leak_ge.1!
    case (_, true): table.leak_gt.2!
    case (_, false): table.leak_ge.2!
    }
  }

  var name: String {
    (currents == nil ? "fire" : "leak") + (isStrict ? "GT" : "GE")
  }
}

extension LaneCompiler {
  /// What begins here and has a pass of its own: all of a leaky neuron, or its threshold, reset and refractory counter.
  func neuron(_ order: ArraySlice<Int>) -> NeuronPass? {
    guard let firing = firing(order) else { return nil }
    return leak(order, firing) ?? firing
  }

  /// A threshold of a neuron with a refractory counter that is followed by the reset and the counter it decides.
  private func firing(_ order: ArraySlice<Int>) -> NeuronPass? {
    guard order.count >= 3 else { return nil }
    let index = order[order.startIndex]
    let test = operations[index]
    let isStrict = test.code == .lane(SNN_DIFFERENCE_GT_FREE.rawValue)
    guard isStrict || test.code == .lane(SNN_DIFFERENCE_GE_FREE.rawValue), case .scalar = test.arguments[1] else {
      return nil
    }
    let followers = order.dropFirst().prefix(2)
    guard let reset = followers.first(where: { operations[$0].code == .lane(SNN_SELECT.rawValue) }),
      let counter = followers.first(where: { operations[$0].code == .lane(SNN_COUNT_DOWN.rawValue) })
    else { return nil }
    let (value, count) = (operations[reset].arguments, operations[counter].arguments)
    guard case .scalar = value[1], case .scalar = count[1], value[0] == .operation(index),
      count[0] == .operation(index), value[2] == test.arguments[0], count[2] == test.arguments[2]
    else { return nil }
    return NeuronPass(
      count: 3, isStrict: isStrict, results: [index, reset, counter],
      arguments: test.arguments + [value[1], count[1]])
  }

  /// The same followed by what the neuron does until the next tick: its value is kept where the counter runs and else
  /// a sum of products with numbers, in which each current has its part, and each current is multiplied by a number.
  /// Nothing else may read what lies between.
  private func leak(_ order: ArraySlice<Int>, _ firing: NeuronPass) -> NeuronPass? {
    let (reset, counter) = (firing.results[1], firing.results[2])
    guard operations[reset].destination == nil else { return nil }
    let rest = order.dropFirst(3)
    for currents in (0...Int(SNN_LEAK_CURRENTS)).reversed() {
      let window = rest.prefix([2, 4, 5][currents])
      guard
        let hold = window.first(where: {
          operations[$0].code == .lane(SNN_SELECT_GT.rawValue)
            && operations[$0].arguments.prefix(2) == [.operation(counter), .operation(reset)]
        }), case .operation(let last) = operations[hold].arguments[2],
        let sum = sum(last, of: reset, within: window), sum.parts.count == currents
      else { continue }
      var seen = sum.operations + [hold]
      var decays: [Int] = []
      var arguments = firing.arguments + [sum.factor, sum.constant]
      for (factor, current) in sum.parts {
        let decay = window.first {
          operations[$0].code == .lane(SNN_MUL.rawValue) && operations[$0].arguments.contains(current)
            && operations[$0].arguments.contains(where: isScalar)
        }
        guard let decay, let number = operations[decay].arguments.first(where: isScalar) else { break }
        decays.append(decay)
        arguments += [factor, number, current]
      }
      seen += decays
      let inner = Set(([reset] + sum.operations).map { Argument.operation($0) })
      guard decays.count == currents, Set(seen) == Set(window), seen.count == window.count,
        sum.operations.allSatisfy({ operations[$0].destination == nil }),
        order.dropFirst(3 + window.count).allSatisfy({
          inner.isDisjoint(with: operations[$0].arguments)
        })
      else { continue }
      return NeuronPass(
        count: 3 + window.count, isStrict: firing.isStrict, currents: currents,
        results: [firing.results[0], hold, counter] + decays, arguments: arguments)
    }
    return nil
  }

  /// `factor value + parts + constant` in the order in which the pass adds.
  private func sum(_ last: Int, of value: Int, within window: ArraySlice<Int>) -> (
    factor: Argument, constant: Argument, parts: [(factor: Argument, current: Argument)], operations: [Int]
  )? {
    guard window.contains(last) else { return nil }
    let x = operations[last].arguments
    switch operations[last].code {
    case .lane(SNN_MUL_ADD.rawValue):
      guard isScalar(x[0]), x[1] == .operation(value), isScalar(x[2]) else { return nil }
      return (x[0], x[2], [], [last])
    case .lane(SNN_ADD.rawValue):
      guard let number = x.first(where: isScalar), case .operation(let inner)? = x.first(where: { !isScalar($0) }),
        let products = products(inner, of: value, within: window)
      else { return nil }
      return (products.factor, number, [products.part], [inner, last])
    case .lane(SNN_MUL_ADD_ADD.rawValue):
      guard isScalar(x[0]), case .input = x[1], case .operation(let inner) = x[2], isScalar(x[3]),
        let products = products(inner, of: value, within: window)
      else { return nil }
      return (products.factor, x[3], [products.part, (x[0], x[1])], [inner, last])
    default: return nil
    }
  }

  /// `factor value + factor current`.
  private func products(_ index: Int, of value: Int, within window: ArraySlice<Int>) -> (
    factor: Argument, part: (factor: Argument, current: Argument)
  )? {
    let x = operations[index].arguments
    guard window.contains(index), operations[index].code == .lane(SNN_MUL_MUL_ADD.rawValue), isScalar(x[0]),
      isScalar(x[2])
    else { return nil }
    if x[1] == .operation(value), case .input = x[3] { return (x[0], (x[2], x[3])) }
    if x[3] == .operation(value), case .input = x[1] { return (x[2], (x[0], x[1])) }
    return nil
  }
}
