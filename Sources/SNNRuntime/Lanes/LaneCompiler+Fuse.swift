import CSNNKernels
import SNNIR

/// Superinstructions: an operation takes in the one that makes its operand, where nothing else reads that. They do the
/// same roundings as the operations they replace; the slope of the fast sigmoid alone, which is rounded in a way of its
/// own, is found whether there are others or not.
extension LaneCompiler {
  private func producer(_ argument: Argument, _ code: snn_op, uses count: Int = 1) -> Int? {
    guard case .operation(let index) = argument, let value = valueOf[index], uses[value] == count,
      operations[index].code == .lane(code.rawValue)
    else { return nil }
    return index
  }

  func isScalar(_ argument: Argument) -> Bool {
    if case .scalar = argument { return true }
    return false
  }

  /// Numbers first, as the modes of products want it.
  private func product(_ index: Int) -> [Argument] {
    let arguments = operations[index].arguments
    return isScalar(arguments[1]) ? [arguments[1], arguments[0]] : arguments
  }

  private func isConstant(_ argument: Argument, _ number: Double) -> Bool {
    guard case .scalar(let index) = argument else { return false }
    return plan.graph.constant(scalarValues[index]) == number
  }

  mutating func fuse(_ value: ValueID) {
    guard let index = operationOf[value], case .lane(let raw) = operations[index].code else { return }
    let x = operations[index].arguments
    switch snn_op(rawValue: raw) {
    case SNN_ADD:
      if let p = producer(x[0], SNN_MUL), let q = producer(x[1], SNN_MUL), p != q {
        replace(index, SNN_MUL_MUL_ADD, product(p) + product(q), [p, q])
      } else if let p = producer(x[0], SNN_MUL) {
        multiplyAdd(index, p, x[1])
      } else if let p = producer(x[1], SNN_MUL) {
        multiplyAdd(index, p, x[0])
      } else if let p = producer(x[0], SNN_MUL_ADD) {
        replace(index, SNN_MUL_ADD_ADD, operations[p].arguments + [x[1]], [p])
      } else if let p = producer(x[1], SNN_MUL_ADD) {
        replace(index, SNN_MUL_ADD_ADD, operations[p].arguments + [x[0]], [p])
      } else if let p = producer(x[0], SNN_DIFFERENCE_MUL) {
        replace(index, SNN_DIFFERENCE_MUL_ADD, operations[p].arguments + [x[1]], [p])
      } else if let p = producer(x[1], SNN_DIFFERENCE_MUL) {
        replace(index, SNN_DIFFERENCE_MUL_ADD, operations[p].arguments + [x[0]], [p])
      } else if let p = producer(x[0], SNN_ADD) {
        replace(index, SNN_ADD_ADD, operations[p].arguments + [x[1]], [p])
      } else if let p = producer(x[1], SNN_ADD) {
        replace(index, SNN_ADD_ADD, operations[p].arguments + [x[0]], [p])
      }
    case SNN_SUB:
      if let p = producer(x[0], SNN_MUL), let q = producer(x[1], SNN_MUL), p != q {
        replace(index, SNN_MUL_MUL_SUB, product(p) + product(q), [p, q])
      } else if let p = producer(x[0], SNN_MUL) {
        replace(index, SNN_MUL_SUB, product(p) + [x[1]], [p])
      } else if let p = producer(x[1], SNN_MUL) {
        replace(index, SNN_SUB_MUL, product(p) + [x[0]], [p])
      }
    case SNN_MUL:
      if let (gate, factor) = gate(x) {
        fuseGate(index, gate, factor)
      } else if let p = producer(x[0], SNN_SUB) {
        replace(index, SNN_DIFFERENCE_MUL, operations[p].arguments + [x[1]], [p])
      } else if let p = producer(x[1], SNN_SUB) {
        replace(index, SNN_DIFFERENCE_MUL, operations[p].arguments + [x[0]], [p])
      } else if let p = producer(x[0], SNN_MUL) {
        replace(index, SNN_MUL_MUL, product(p) + [x[1]], [p])
      } else if let p = producer(x[1], SNN_MUL) {
        replace(index, SNN_MUL_MUL, product(p) + [x[0]], [p])
      }
    case SNN_DIV:
      if fuseSlope(value) {
        return
      } else if let p = producer(x[1], SNN_MUL), operations[p].arguments[0] == operations[p].arguments[1] {
        replace(index, SNN_DIV_SQUARE, [operations[p].arguments[0], x[0]], [p])
      } else if let p = producer(x[0], SNN_SUB) {
        replace(index, SNN_SUB_DIV, operations[p].arguments + [x[1]], [p])
      }
    case SNN_SPIKE_GT_IF: fuseRefractory(index, SNN_SPIKE_GT_FREE, SNN_DIFFERENCE_GT_FREE)
    case SNN_SPIKE_GE_IF: fuseRefractory(index, SNN_SPIKE_GE_FREE, SNN_DIFFERENCE_GE_FREE)
    case SNN_SELECT:
      if fuseCounter(index) { return }
      // A comparison is done again in each choice: that costs no pass, and its own pass goes where nothing else reads it.
      guard case .operation(let p) = x[0], case .lane(let comparison) = operations[p].code else { return }
      let y = operations[p].arguments
      switch snn_op(rawValue: comparison) {
      case SNN_GT where isConstant(y[1], 0): replace(index, SNN_SELECT_GT, [y[0], x[1], x[2]], [])
      case SNN_GE where isConstant(y[1], 0): replace(index, SNN_SELECT_GE, [y[0], x[1], x[2]], [])
      case SNN_GT: replace(index, SNN_SELECT_LT, [y[1], y[0], x[1], x[2]], [])
      case SNN_LT: replace(index, SNN_SELECT_LT, [y[0], y[1], x[1], x[2]], [])
      case SNN_EQ: replace(index, SNN_SELECT_EQ, product(p).reversed() + [x[1], x[2]], [])
      default: return
      }
      for case .operation(let source) in y {
        if let value = valueOf[source] { uses[value, default: 0] += 1 }
      }
    case SNN_BLEND:
      // A flag computed here is 0 or 1, so the mixed case cannot arise.
      if case .operation(let p) = x[0] {
        if case .operation(let margin) = operations[p].arguments[0], let value = valueOf[margin] {
          uses[value, default: 0] += 1
        }
        switch operations[p].code {
        case .lane(SNN_SPIKE_GT.rawValue):
          replace(index, SNN_SELECT_GT, [operations[p].arguments[0], x[1], x[2]], [])
        case .lane(SNN_SPIKE_GE.rawValue):
          replace(index, SNN_SELECT_GE, [operations[p].arguments[0], x[1], x[2]], [])
        case .lane(SNN_SPIKE_GT_IF.rawValue), .lane(SNN_SPIKE_GE_IF.rawValue), .lane(SNN_SPIKE_GT_FREE.rawValue),
          .lane(SNN_SPIKE_GE_FREE.rawValue), .lane(SNN_DIFFERENCE_GT_FREE.rawValue),
          .lane(SNN_DIFFERENCE_GE_FREE.rawValue):
          replace(index, SNN_SELECT, x, [])
        default: break
        }
      }
    default: break
    }
  }

  /// A threshold that is tested where a counter has run down.
  private mutating func fuseRefractory(_ index: Int, _ code: snn_op, _ ofDifference: snn_op) {
    let x = operations[index].arguments
    guard let test = producer(x[1], SNN_LE), isConstant(operations[test].arguments[1], 0) else { return }
    let counter = operations[test].arguments[0]
    if let margin = producer(x[0], SNN_SUB) {
      replace(index, ofDifference, operations[margin].arguments + [counter], [margin, test])
    } else {
      replace(index, code, [x[0], counter], [test])
    }
  }

  /// The counter of a refractory period: set by a spike, else one less.
  private mutating func fuseCounter(_ index: Int) -> Bool {
    let x = operations[index].arguments
    guard case .operation(let fired) = x[0], operations[fired].code == .lane(SNN_GT.rawValue),
      isConstant(operations[fired].arguments[1], 0.5),
      let most = producer(x[2], SNN_MAX), isConstant(operations[most].arguments[1], 0),
      let less = producer(operations[most].arguments[0], SNN_SUB), isConstant(operations[less].arguments[1], 1)
    else { return false }
    if case .operation(let flag) = operations[fired].arguments[0], let value = valueOf[flag] {
      uses[value, default: 0] += 1
    }
    replace(
      index, SNN_COUNT_DOWN, [operations[fired].arguments[0], x[1], operations[less].arguments[0]], [most, less])
    return true
  }

  /// `1 - flag` among two factors: a reset by multiplication.
  private func gate(_ factors: [Argument]) -> (gate: Int, factor: Argument)? {
    for (k, other) in [(1, 0), (0, 1)] {
      if let p = producer(factors[k], SNN_SUB), isConstant(operations[p].arguments[0], 1) {
        return (p, factors[other])
      }
    }
    return nil
  }

  private mutating func fuseGate(_ index: Int, _ gate: Int, _ factor: Argument) {
    let flag = operations[gate].arguments[1]
    if let spike = producer(flag, SNN_SPIKE_GT) {
      replace(index, SNN_GATE_GT, [factor, operations[spike].arguments[0]], [gate, spike])
    } else if let sum = producer(factor, SNN_MUL_ADD) {
      replace(index, SNN_MUL_ADD_GATE, operations[sum].arguments + [flag], [gate, sum])
    } else {
      replace(index, SNN_DIFFERENCE_MUL, operations[gate].arguments + [factor], [gate])
    }
  }

  private mutating func multiplyAdd(_ index: Int, _ p: Int, _ addend: Argument) {
    let factors = product(p)
    // |x| k + c, the number last among the factors.
    if let q = producer(factors[1], SNN_ABS) {
      replace(index, SNN_ABS_MUL_ADD, [operations[q].arguments[0], factors[0], addend], [p, q])
    } else if let q = producer(factors[0], SNN_ABS) {
      replace(index, SNN_ABS_MUL_ADD, [operations[q].arguments[0], factors[1], addend], [p, q])
    } else {
      replace(index, SNN_MUL_ADD, factors + [addend], [p])
    }
  }

  /// A number over the square of `|x| k + c`, made of numbers `k` and `c`.
  @discardableResult mutating func fuseSlope(_ value: ValueID) -> Bool {
    guard let index = operationOf[value], operations[index].code == .lane(SNN_DIV.rawValue) else { return false }
    let x = operations[index].arguments
    guard isScalar(x[0]), let square = producer(x[1], SNN_MUL),
      operations[square].arguments[0] == operations[square].arguments[1],
      let line = line(operations[square].arguments[0]), isScalar(line.arguments[1]), isScalar(line.arguments[2])
    else { return false }
    replace(index, SNN_FAST_SIGMOID, line.arguments + [x[0]], [square] + line.operations)
    return true
  }

  /// `|x| k + c`, as one operation or three, that two operands read.
  private func line(_ argument: Argument) -> (arguments: [Argument], operations: [Int])? {
    if let whole = producer(argument, SNN_ABS_MUL_ADD, uses: 2) { return (operations[whole].arguments, [whole]) }
    guard let sum = producer(argument, SNN_ADD, uses: 2) else { return nil }
    for (k, other) in [(0, 1), (1, 0)] {
      guard let scaled = producer(operations[sum].arguments[k], SNN_MUL), case let factors = product(scaled),
        let size = producer(factors[1], SNN_ABS)
      else { continue }
      return (
        [operations[size].arguments[0], factors[0], operations[sum].arguments[other]], [sum, scaled, size]
      )
    }
    return nil
  }

  private mutating func replace(_ index: Int, _ code: snn_op, _ arguments: [Argument], _ dead: [Int]) {
    operations[index].code = .lane(code.rawValue)
    operations[index].arguments = arguments
    for index in dead { operations[index].isDead = true }
  }
}
