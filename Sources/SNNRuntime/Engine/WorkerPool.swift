import CSNNKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A few persistent threads that run one body together with the caller. Which worker does what must not matter to the
/// result: bodies take work from counters.
final class WorkerPool: @unchecked Sendable {
  /// Workers, the caller among them.
  let count: Int
  private let shared: Shared
  private var threads: [pthread_t] = []
  /// The processor that the threads leave to the caller.
  private var callers: Int32 = -1

  /// What the threads see: they must not keep the pool alive.
  private final class Shared: @unchecked Sendable {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Number of the job, and workers that have not done it: written under the mutex, looked at without it.
    let generation = Atomic<Int>(0)
    let running = Atomic<Int>(0)
    var stops = false
    /// Whether each thread has a processor of its own, so that looking for a while disturbs nobody.
    let spins: Bool
    var job: ((Int) -> Void)?

    init(spins: Bool) {
      self.spins = spins
      pthread_mutex_init(mutex, nil)
      pthread_cond_init(changed, nil)
      pthread_cond_init(finished, nil)
    }

    deinit {
      pthread_mutex_destroy(mutex)
      pthread_cond_destroy(changed)
      pthread_cond_destroy(finished)
      mutex.deallocate()
      changed.deallocate()
      finished.deallocate()
    }

    /// The job is no longer held when this returns: the caller waits for that before it leaves the body's scope.
    @inline(never) private func perform(_ worker: Int) { job?(worker) }

    /// Looks for some time whether something has happened, before its caller sleeps: a thread that sleeps is woken after
    /// 50 to 100 microseconds, which is a tenth of a small step.
    func spin(until hasHappened: () -> Bool) {
      guard spins else { return }
      let end = snn_nanoseconds() + 60_000
      repeat {
        for _ in 0..<16 {
          if hasHappened() { return }
          snn_pause()
        }
      } while snn_nanoseconds() < end
    }

    func work(_ worker: Int) {
      var seen = 0
      while true {
        spin { generation.load(ordering: .acquiring) != seen }
        pthread_mutex_lock(mutex)
        while generation.load(ordering: .relaxed) == seen && !stops { pthread_cond_wait(changed, mutex) }
        if stops {
          pthread_mutex_unlock(mutex)
          return
        }
        seen = generation.load(ordering: .relaxed)
        pthread_mutex_unlock(mutex)
        perform(worker)
        pthread_mutex_lock(mutex)
        if running.wrappingSubtract(1, ordering: .releasing).newValue == 0 { pthread_cond_signal(finished) }
        pthread_mutex_unlock(mutex)
      }
    }
  }

  private final class Start {
    let shared: Shared
    let worker: Int
    init(_ shared: Shared, _ worker: Int) {
      self.shared = shared
      self.worker = worker
    }
  }

  init(threads wanted: Int) {
    shared = Shared(spins: wanted <= Int(snn_processor_count()))
    for worker in 1..<max(wanted, 1) {
      let start = Unmanaged.passRetained(Start(shared, worker))
      #if canImport(Darwin)
        var thread: pthread_t?
      #else
        var thread = pthread_t()
      #endif
      let failed = pthread_create(
        &thread, nil,
        { argument in
          #if canImport(Darwin)
            let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
          #else
            let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
          #endif
          start.shared.work(start.worker)
          return nil
        }, start.toOpaque())
      // Fewer threads only cost time.
      if failed != 0 {
        start.release()
        break
      }
      #if canImport(Darwin)
        if let thread { threads.append(thread) }
      #else
        threads.append(thread)
      #endif
    }
    count = threads.count + 1
  }

  deinit {
    pthread_mutex_lock(shared.mutex)
    shared.stops = true
    pthread_cond_broadcast(shared.changed)
    pthread_mutex_unlock(shared.mutex)
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Keeps the threads off the caller's processor. In a virtual machine the kernel takes a processor that sleeps for one
  /// that its host has taken away, wakes a thread beside the caller, and leaves both there while the other one is idle.
  private func leaveProcessor() {
    guard shared.spins else { return }
    let processor = snn_processor()
    if processor == callers { return }
    callers = processor
    for thread in threads { snn_keep_off(thread, processor) }
  }

  /// Runs `body(worker)` once on every worker and waits for all.
  func run(_ body: (Int) -> Void) {
    if threads.isEmpty {
      body(0)
      return
    }
    leaveProcessor()
    withoutActuallyEscaping(body) { body in
      pthread_mutex_lock(shared.mutex)
      shared.job = body
      shared.running.store(threads.count, ordering: .relaxed)
      shared.generation.wrappingAdd(1, ordering: .releasing)
      pthread_cond_broadcast(shared.changed)
      pthread_mutex_unlock(shared.mutex)
      body(0)
      shared.spin { shared.running.load(ordering: .acquiring) == 0 }
      pthread_mutex_lock(shared.mutex)
      while shared.running.load(ordering: .relaxed) > 0 { pthread_cond_wait(shared.finished, shared.mutex) }
      shared.job = nil
      pthread_mutex_unlock(shared.mutex)
    }
  }
}
