import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Ctrl-C asks a long run to stop at the next safe place, save and say where; a second one ends the process at once.
///
/// A signal handler can reach nothing but a process-wide flag, so there is one, here in the command.
enum Interruption {
  private static let requests = Atomic<Int>(0)

  static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// From now on SIGINT and SIGTERM only set the flag.
  static func watch() {
    // The flag is initialised before a handler can run.
    requests.store(0, ordering: .relaxed)
    let handler: @convention(c) (Int32) -> Void = { _ in Interruption.request() }
    signal(SIGINT, handler)
    signal(SIGTERM, handler)
    // Whoever started the process may have blocked them, and a mask is inherited.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Async-signal-safe: an atomic addition, and `_exit` the second time.
  private static func request() {
    if requests.add(1, ordering: .relaxed).oldValue > 0 { _exit(ExitStatus.interrupted.rawValue) }
  }
}
