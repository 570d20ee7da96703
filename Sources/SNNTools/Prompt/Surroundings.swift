import SNN
import Synchronization

/// What a prompt reaches of the world; everything else about it is a function of the lines it is given.
public struct Surroundings: Sendable {
  /// Bytes of a file, or why there are none.
  public var read: @Sendable (String) throws -> [UInt8]
  public var write: @Sendable (String, String) throws -> Void
  /// Names in a folder, folders with a slash at their end; for completion.
  public var list: @Sendable (String) -> [String]
  /// Seconds since some instant.
  public var clock: @Sendable () -> Double
  /// Shown while something takes time, and replaced by the next.
  public var progress: @Sendable (String) -> Void
  /// Columns of the screen.
  public var width: @Sendable () -> Int
  public var isColoured: Bool
  public var threads: Int
  public var interrupt: Interrupt

  public init(
    read: @escaping @Sendable (String) throws -> [UInt8], write: @escaping @Sendable (String, String) throws -> Void,
    list: @escaping @Sendable (String) -> [String] = { _ in [] }, clock: @escaping @Sendable () -> Double = { 0 },
    progress: @escaping @Sendable (String) -> Void = { _ in }, width: @escaping @Sendable () -> Int = { 80 },
    isColoured: Bool = false, threads: Int = 1, interrupt: Interrupt = Interrupt()
  ) {
    self.read = read
    self.write = write
    self.list = list
    self.clock = clock
    self.progress = progress
    self.width = width
    self.isColoured = isColoured
    self.threads = threads
    self.interrupt = interrupt
  }
}

/// Stops what runs, from another thread.
public final class Interrupt: Sendable {
  private struct State {
    var running: Cancellation?
    var isRequested = false
  }
  private let state = Mutex(State())

  public init() {}

  /// Whether there was something to stop.
  @discardableResult
  public func request() -> Bool {
    state.withLock { state in
      state.isRequested = true
      state.running?.cancel()
      return state.running != nil
    }
  }

  var isRequested: Bool { state.withLock { $0.isRequested } }

  /// Runs `body` so that `request` stops it.
  func guarding<Result>(_ cancellation: Cancellation, _ body: () throws -> Result) rethrows -> Result {
    cancellation.reset()
    state.withLock { state in
      state.running = cancellation
      state.isRequested = false
    }
    defer {
      state.withLock { $0.running = nil }
      cancellation.reset()
    }
    return try body()
  }
}
