"""What the peers' programs share: the shape that the command line names, timing, and the line of JSON they print."""

import json
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def peak_mib():
    """The process's own high-water mark; getrusage would hold its parent's."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024


def repeat(f, seconds):
    """Times of f in ms: two calls to warm up, then at least three and for so many seconds."""
    begin = time.perf_counter()
    f()
    first = time.perf_counter() - begin
    f()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < end and len(times) < 100):
        begin = time.perf_counter()
        f()
        times.append((time.perf_counter() - begin) * 1e3)
    return times, first


def report(train, forward, losses, seconds=1.0):
    forward_ms, _ = repeat(forward, seconds / 3)
    training_ms, first = repeat(train, seconds)
    print(json.dumps(dict(training_ms=training_ms, forward_ms=forward_ms, median_ms=statistics.median(training_ms),
                          first_s=first, losses=losses[:3], peak_mib=peak_mib())))
