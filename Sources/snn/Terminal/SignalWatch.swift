import SNNTools

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A thread that waits for Ctrl-C, so that it can stop what runs (a handler could not).
final class SignalWatch: @unchecked Sendable {
  private let interrupt: Interrupt
  private let endsWhenIdle: Bool

  /// To be made before other threads are: they must inherit that the signal is blocked.
  init(_ interrupt: Interrupt, endsWhenIdle: Bool) {
    self.interrupt = interrupt
    self.endsWhenIdle = endsWhenIdle
    var signals = Self.signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  private static var signals: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    return signals
  }

  func start() {
    let watch = Unmanaged.passRetained(self)
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let failed = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Darwin)
          Unmanaged<SignalWatch>.fromOpaque(argument).takeRetainedValue().wait()
        #else
          if let argument { Unmanaged<SignalWatch>.fromOpaque(argument).takeRetainedValue().wait() }
        #endif
        return nil
      }, watch.toOpaque())
    if failed != 0 { watch.release() }
  }

  private func wait() {
    var signals = Self.signals
    while true {
      var signal: Int32 = 0
      guard sigwait(&signals, &signal) == 0 else { return }
      if !interrupt.request(), endsWhenIdle { _exit(ExitStatus.interrupted.rawValue) }
    }
  }
}
