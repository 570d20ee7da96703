#!/usr/bin/env python3
"""Measures snn beside a program in C and beside every other tool that is installed, and writes the tables of README.md.

    python3 Tools/Benchmarks/compare.py --snn .build/release/snn [--pythons FOLDER] [--yardstick FOLDER] [--minutes 9]

The programs run in turn, never two at once. Peers are looked for in this Python and in the environments FOLDER/*/bin.
--yardstick takes another program in C beside the one of this folder: FOLDER/cstep.c (the training step: arguments
DATA STEPS, prints RESULT and JSON) and FOLDER/simc.c (the simulation). When the minutes are over, what is left is named.
"""

import argparse
import datetime
import glob
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import growth
import shapes

PEERS = [  # name, module that must be there, program, shapes in the order of their worth, seconds that a run may take
    ("jax", "jax", "with_jax.py", "BCA", 12),
    ("torch", "torch", "with_torch.py", "BCA", 9),
    ("snntorch", "snntorch", "with_torch.py", "BCA", 10),
    ("norse", "norse", "with_torch.py", "BCA", 10),
    ("spikingjelly", "spikingjelly", "with_torch.py", "BCA", 10),
    ("sinabs", "sinabs", "with_torch.py", "B", 10),
    ("torch-compile", "torch", "with_torch.py", "B", 70),
]
SIMULATORS = [("NEST", "nest", "with_nest.py", 12), ("Brian2 (C++)", "brian2", "with_brian.py", 35)]
MODELS = ["cuba", "coba", "stdp"]


class Comparison:
    def __init__(self, options):
        self.options = options
        self.end = time.monotonic() + 60 * options.minutes
        self.work = tempfile.mkdtemp(prefix="snn-benchmarks-")
        self.left_out = []
        self.snn = os.path.abspath(options.snn)
        self.own = self.build(os.path.join(HERE, "training_step.c"))
        self.own_simulation = self.build(os.path.join(HERE, "simulation.c"))
        self.other = self.other_simulation = None
        if options.yardstick:
            self.other = self.build(os.path.join(options.yardstick, "cstep.c"))
            self.other_simulation = self.build(os.path.join(options.yardstick, "simc.c"))

    def build(self, source):
        name = os.path.splitext(os.path.basename(source))[0]
        target = os.path.join(self.work, name)
        with open(source) as file:
            text = file.read()
        if "avx512f" not in open("/proc/cpuinfo").read():
            # Vectors wider than the machine's spill, which would flatter us.
            text = re.sub(r"vector_size\(64\), aligned\(64\)", "vector_size(32), aligned(32)", text)
            text = text.replace("VL = 64 /", "VL = 32 /")
        with open(target + ".c", "w") as file:
            file.write(text)
        flags = ["-O3", "-march=native", "-ffast-math", "-fopenmp"]
        subprocess.run(["gcc", *flags, target + ".c", "-o", target, "-lm"], check=True)
        return target

    def note(self, *text):
        print(f"[{max(0, self.end - time.monotonic()):4.0f} s left]", *text, flush=True)

    def has_time(self, seconds, what, reserve=0):
        if time.monotonic() + seconds + reserve < self.end:
            return True
        self.left_out.append(what)
        return False

    def run(self, command, threads=1, timeout=150):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(threads)
        try:
            outcome = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=timeout)
        except subprocess.TimeoutExpired:
            return None
        lines = [line.removeprefix("RESULT ") for line in outcome.stdout.splitlines() if "{" in line]
        if outcome.returncode or not lines:
            self.note("failed:", " ".join(command), outcome.stderr.strip()[-200:])
            return None
        return json.loads(lines[-1])

    # Training steps

    def training(self, cases, reserve=0):
        """snn and the programs in C, in turn, for pairs of a shape and a rate, and for all numbers of threads. Seconds of
        the reserve are left to what comes after."""
        rows = []
        for name, p in cases:
            s = shapes.shape(name, p)
            folder = os.path.join(self.work, "given" if p is None else "%g" % p)
            shapes.write(s, folder)
            for threads in self.options.threads:
                what = f"{name} at {s['p']:.1%}, {threads} threads"
                if not self.has_time(10, what, reserve):
                    continue
                rows.append(self.pairs(s, folder, threads, is_given=p is None))
                self.note(what, {key: round(row[0], 2) for key, row in rows[-1]["training"].items()})
        return rows

    def pairs(self, s, folder, threads, is_given):
        name, data = s["name"], os.path.join(folder, s["name"])
        steps = {"A": 60, "B": 10, "C": 12}[name]
        if s["p"] >= 0.05:
            steps = max(5, steps // 2)
        rounds = self.options.rounds if is_given else max(2, self.options.rounds - 2)
        training, forward, peaks = {}, {}, {}

        def add(who, train, alone, peak):
            training.setdefault(who, []).append(train)
            forward.setdefault(who, []).append(alone)
            peaks[who] = max(peaks.get(who, 0), peak)

        for _ in range(rounds):
            answer = self.run([self.snn, "bench", data + ".snn", "--params", data + "/params.h5", "--threads",
                               str(threads), "--steps", str(steps), "--json"])
            if answer:
                add("snn", answer["training"]["median_ms"], answer["forward"]["median_ms"], answer["peak_memory"] / 2**20)
            answer = self.run([self.own, data, str(steps + 3)], threads)
            if answer:
                add("C", *(statistics.median(answer[k][3:]) for k in ("training_ms", "forward_ms")), answer["peak_mib"])
            if self.other:
                answer = self.run([self.other, data, str(steps)], threads)
                if answer:
                    add("C, other", answer["train_ms"], answer["fwd_ms"], answer["rss_mb"])
        # Twenty steps beside the same program with sums in the same order.
        equal = shapes.build_with_equal_sums(name, os.path.join(self.work, "equal"))
        answers = (self.run([self.snn, "bench", data + ".snn", "--params", data + "/params.h5", "--threads", str(threads),
                             "--steps", "17", "--json"]), self.run([equal, data, "20"], threads))
        losses = [answer["losses"] if answer else [] for answer in answers]
        deviation = [abs(a / b - 1) for a, b in zip(*losses)]

        def summary(values):
            return {who: (statistics.median(v), min(v), max(v)) for who, v in values.items()}

        return dict(name=name, p=s["p"], threads=threads, is_given=is_given, training=summary(training),
                    forward=summary(forward), peaks=peaks, deviation=deviation)

    # The others

    def interpreter(self, module):
        candidates = [sys.executable]
        if self.options.pythons:
            candidates += sorted(glob.glob(os.path.join(self.options.pythons, "*", "bin", "python")))
        check = f"import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)"
        for python in candidates:
            if subprocess.run([python, "-c", check], capture_output=True).returncode == 0:
                return python
        return None

    def peers(self):
        result = {}
        jobs = [(peer, name, threads) for round in range(3) for threads in self.options.threads for peer in PEERS
                for name in peer[3][round : round + 1]]
        for (peer, module, program, _, seconds), name, threads in jobs:
            python = self.interpreter(module)
            what = f"{peer} at {name}, {threads} threads"
            if not python:
                if peer + " (not installed)" not in self.left_out:
                    self.left_out.append(peer + " (not installed)")
                continue
            if not self.has_time(seconds, what):
                continue
            answer = self.run([python, os.path.join(HERE, "peers", program), peer, name, str(threads)], threads)
            if answer:
                result[peer, name, threads] = answer
                self.note(what, round(answer["median_ms"], 1), "ms")
        return result

    def simulations(self):
        result = {model: {} for model in MODELS}
        for model in MODELS:
            file = os.path.join(HERE, f"balanced_{model}.snn")
            times, others, building = [], {}, {}
            for _ in range(3):
                answer = self.run([self.snn, "bench", file, "--threads", "1", "--steps", "3", "--json"])
                if not answer:
                    break
                times.append(answer["forward"]["median_ms"] / 1e3)
                rate = answer["spikes"] / 4000
                programs = [("C", self.own_simulation, [model, "4"])]
                if self.other_simulation and model != "coba":
                    programs.append(("C, other", self.other_simulation, ["stdp"] if model == "stdp" else []))
                for who, program, arguments in programs:
                    other = self.run([program, *arguments])
                    if other:
                        run = other["run_s"]
                        run = statistics.median(run) if isinstance(run, list) else run
                        others.setdefault(who, ([], other["rate_hz"]))[0].append(run)
                        building[who] = other["build_s"]
            if times:
                stats = self.run_text([self.snn, "run", file, "--stats", "--threads", "1"])
                built = re.search(r"built in ([\d.]+) s", stats or "")
                result[model]["snn"] = (times, rate, float(built.group(1)) if built else None)
            for who, (values, rate) in others.items():
                result[model][who] = (values, rate, building[who])
            self.note(model, {who: round(statistics.median(v[0]), 4) for who, v in result[model].items()})
        return result

    def other_simulators(self, result):
        for model in MODELS:
            for name, module, program, seconds in SIMULATORS:
                python = self.interpreter(module)
                if not python:
                    if name + " (not installed)" not in self.left_out:
                        self.left_out.append(name + " (not installed)")
                    continue
                if not self.has_time(seconds, f"{name}, {model}"):
                    continue
                answer = self.run([python, os.path.join(HERE, "peers", program), model])
                if answer:
                    result[model][name] = (answer["run_s"], answer["rate_hz"], answer["build_s"])
                    self.note(name, model, round(statistics.median(answer["run_s"]), 3), "s")

    def run_text(self, command):
        outcome = subprocess.run(command, capture_output=True, text=True)
        return outcome.stdout if outcome.returncode == 0 else None


# Writing


def number(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def spread(three):
    return f"{number(three[0])} ({number(three[1])}-{number(three[2])})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "")
    widest = next((name for name in ("avx512f", "avx2", "sse2") if name in flags.split()), "")
    gcc = subprocess.run(["gcc", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    memory = next(int(line.split()[1]) // 2**20 for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return (f"{cpu}, {os.cpu_count()} cores, {widest}, {memory} GiB, {platform.system()} {platform.release()}; {gcc}; "
            f"Python {platform.python_version()}")


def training_table(rows):
    head = ["shape", "rate", "threads", "snn, ms", "C, ms", "snn / C", "forward: snn, C, ms", "snn / C", "MiB: snn, C",
            "losses of 20 steps: greatest deviation"]
    body = []
    for row in rows:
        if "snn" not in row["training"] or "C" not in row["training"]:
            continue
        # The faster of the programs in C is the measure.
        who = min((w for w in row["training"] if w != "snn"), key=lambda w: row["training"][w][0])
        ours, theirs = row["training"]["snn"], row["training"][who]
        ahead = row["forward"]["snn"], row["forward"][who]
        deviation = row["deviation"]
        body.append([row["name"], f"{row['p']:.1%}", str(row["threads"]), spread(ours), spread(theirs),
                     f"**{ours[0] / theirs[0]:.2f}**", f"{number(ahead[0][0])}, {number(ahead[1][0])}",
                     f"{ahead[0][0] / ahead[1][0]:.2f}", f"{row['peaks']['snn']:.0f}, {row['peaks'][who]:.0f}",
                     f"{max(deviation):.0e}" if len(deviation) == 20 else "not run"])
    return table(head, body)


def peer_table(rows, peers):
    names = [peer[0] for peer in PEERS if any(key[0] == peer[0] for key in peers)]
    body = []
    for row in rows:
        if not row["is_given"] or "snn" not in row["training"]:
            continue
        base = row["training"]["snn"][0]
        cells = [row["name"], str(row["threads"]), number(base)]
        for peer in names:
            answer = peers.get((peer, row["name"], row["threads"]))
            if not answer:
                cells.append("")
                continue
            median = answer["median_ms"]
            cells.append(f"{number(median)} (**{median / base:.0f}x**), {answer['peak_mib']:.0f} MiB, "
                         f"first {number(answer['first_s'])} s")
        body.append(cells)
    return table(["shape", "threads", "snn, ms", *(name + ", ms" for name in names)], body)


def simulation_table(result):
    body = []
    for model in MODELS:
        if "snn" not in result[model]:
            continue
        base = statistics.median(result[model]["snn"][0])
        for who, (times, rate, built) in result[model].items():
            median = statistics.median(times)
            body.append([model, who, spread((median, min(times), max(times))), f"{median / base:.2f}", f"{rate:.1f}",
                         "" if built is None else number(built)])
    return table(["model", "program", "s for 1 s", "relative to snn", "Hz", "built in, s"], body)


def growth_table(result):
    body = []
    for name, points in result.items():
        memory = ", ".join(f"{p[3]:.0f}" for p in points)
        body.append([growth.CURVES[name][0], f"{points[0][0]:g} .. {points[-1][0]:g}",
                     f"{growth.exponent(points, 1):.2f}", f"{growth.exponent(points, 2):.2f}", memory])
    return table(["grows", "over", "exponent of a training step", "forward", "peak MiB"], body)


def write(text, path):
    with open(path) as file:
        old = file.read()
    begin, end = "<!-- measured -->", "<!-- end of what was measured -->"
    head, tail = old.split(begin)[0], old.split(end)[1]
    with open(path, "w") as file:
        file.write(head + begin + "\n" + text + "\n" + end + tail)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snn", default=os.path.join(HERE, "../../.build/release/snn"))
    parser.add_argument("--yardstick", help="a folder with another cstep.c and simc.c")
    parser.add_argument("--pythons", help="a folder of Python environments in which peers are installed")
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program, in turn")
    parser.add_argument("--threads", type=lambda t: [int(n) for n in t.split(",")], default=[1, 2])
    parser.add_argument("--out", default=os.path.join(HERE, "README.md"))
    options = parser.parse_args()
    c = Comparison(options)
    rows = c.training([(name, None) for name in "BCA"])
    simulations = c.simulations()
    grown = growth.run(c.snn)
    growth.draw(grown, os.path.dirname(os.path.abspath(options.out)))
    c.note("growth measured")
    others = [(name, p) for p in (0.05, 0.1, 0.01) for name in "BCA" if p != shapes.SHAPES[name]["p"]]
    rows += c.training(others, reserve=0.5 * 60 * options.minutes if c.interpreter("torch") else 0)
    rows.sort(key=lambda row: (row["name"], row["p"], row["threads"]))
    peers = c.peers()
    c.other_simulators(simulations)
    version = (c.run_text([c.snn, "--version"]) or "?").splitlines()
    parts = [
        f"Measured on {datetime.date.today()}: {machine()}. " + "; ".join(version) + ".",
        "### A training step, beside C",
        training_table(rows),
        "### The same step with other tools",
        peer_table(rows, peers) if peers else "No peer is installed here.",
        "### A second of the balanced network, one thread",
        simulation_table(simulations),
        "### Growth",
        growth_table(grown),
        "".join(f"![{name}](growth-{name}.svg) " for name in grown).strip(),
    ]
    if c.left_out:
        parts.append("Left out (no time, or not installed): " + "; ".join(c.left_out) + ".")
    write("\n\n".join(parts), options.out)
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
