/// Memory that grows by doubling; the inner loops append to it.
struct GrowingBuffer<Element>: @unchecked Sendable {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(_ capacity: Int = 256) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  func free() { base.deallocate() }

  @inline(__always) mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    base[count] = element
    count += 1
  }

  /// Room for so many more; gives where they begin.
  @inline(__always) mutating func extend(by number: Int) -> Int {
    if count + number > capacity { grow(to: count + number) }
    count += number
    return count - number
  }

  @inline(__always) mutating func removeLast(_ number: Int = 1) { count -= number }
  @inline(__always) mutating func removeAll() { count = 0 }

  private mutating func grow(to needed: Int) {
    let size = max(2 * capacity, needed)
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: size)
    memory.update(from: base, count: count)
    base.deallocate()
    base = memory
    capacity = size
  }

  @inline(__always) subscript(index: Int) -> Element {
    get { base[index] }
    nonmutating set { base[index] = newValue }
  }
}

/// What is to happen at a time.
struct QueuedEvent {
  enum Kind: UInt8 {
    /// A held interval ends: a unit, b spike.
    case release
    /// a connection, b source unit (or synapse where delays differ), c spike (-1: an input's).
    case arrival, synapse
    /// a unit, b version of its prediction.
    case spike
    /// A numerical unit's horizon: a unit, b version.
    case horizon
    /// a: index of the mark.
    case mark
  }
  var time: Double
  var kind: Kind
  var a: Int32
  var b: Int32
  var c: Int32
  /// Size of the spike.
  var value: Double
  /// Order of insertion: what happens at one time is taken in that order.
  var number: Int
}

/// A binary heap by time, then by order of insertion.
struct EventQueue {
  var heap = GrowingBuffer<QueuedEvent>(1024)
  private var number = 0

  @inline(__always) private func precedes(_ x: QueuedEvent, _ y: QueuedEvent) -> Bool {
    x.time < y.time || (x.time == y.time && x.number < y.number)
  }

  mutating func clear() {
    heap.removeAll()
    number = 0
  }

  mutating func push(
    _ time: Double, _ kind: QueuedEvent.Kind, _ a: Int, _ b: Int = 0, _ c: Int = -1, value: Double = 1
  ) {
    let event = QueuedEvent(
      time: time, kind: kind, a: Int32(truncatingIfNeeded: a), b: Int32(truncatingIfNeeded: b),
      c: Int32(truncatingIfNeeded: c), value: value, number: number)
    number += 1
    heap.append(event)
    let base = heap.base
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(event, base[parent]) else { break }
      base[child] = base[parent]
      child = parent
    }
    base[child] = event
  }

  @inline(__always) var first: QueuedEvent? { heap.count > 0 ? heap[0] : nil }

  mutating func pop() -> QueuedEvent {
    let base = heap.base
    let result = base[0]
    let last = base[heap.count - 1]
    heap.removeLast()
    let count = heap.count
    guard count > 0 else { return result }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < count else { break }
      if child + 1 < count, precedes(base[child + 1], base[child]) { child += 1 }
      guard precedes(base[child], last) else { break }
      base[parent] = base[child]
      parent = child
    }
    base[parent] = last
    return result
  }
}
