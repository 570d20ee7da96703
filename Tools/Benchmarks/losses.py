#!/usr/bin/env python3
"""Shows whose losses agree for the first steps of training, and where they part because single bits do.

    python3 Tools/Benchmarks/losses.py --snn .build/release/snn [--steps 20] [--shapes A B C] [--draws 1]

The network of shapes.py in NumPy, in double precision, is the reference. Held against it are snn in double and in single
precision, the program in C in single precision (with -ffast-math, without, and with sums in the order of snn), and the
reference from weights that were changed by half a unit in the last place of single precision: what no program that rounds
to it can do better than. Of several draws of weights and spikes a table shows the geometric mean of the deviations, each
draw's steps, and the greatest deviation from snn in single precision.
"""

import argparse
import json
import os
import subprocess
import tempfile

import numpy as np

import shapes

HERE = os.path.dirname(os.path.abspath(__file__))


class Network:
    def __init__(self, s, noise=None):
        self.s = s
        self.alpha, self.beta = s["alpha"], s["beta"]
        flags, self.labels = shapes.spikes(s)
        self.flags = flags.astype(np.float64)
        self.w = {name: value.astype(np.float64) for name, value in shapes.weights(s).items()}
        if noise is not None:
            for value in self.w.values():
                value *= 1 + noise.uniform(-(2.0**-24), 2.0**-24, value.shape)
        self.first = {name: np.zeros_like(value) for name, value in self.w.items()}
        self.second = {name: np.zeros_like(value) for name, value in self.w.items()}
        self.step = 0

    def pass_forward(self):
        s, w = self.s, self.w
        ticks, batch = s["ticks"], s["batch"]
        u = i = np.zeros((batch, s["hidden"]))
        o = f = np.zeros((batch, s["outputs"]))
        self.membrane, self.spikes, readouts = [], [], []
        for t in range(ticks):
            spike = (u > 1).astype(np.float64)
            self.membrane.append(u)
            self.spikes.append(spike)
            arriving = self.flags[t] @ w["W1"]
            if s["recurrent"] and t:
                arriving += self.spikes[t - 1] @ w["V"]
            o, f = self.beta * o + f, self.alpha * f + spike @ w["W2"]
            readouts.append(o)
            u, i = (self.beta * u + i) * (1 - spike), self.alpha * i + arriving
        readouts = np.array(readouts)
        self.when, best = readouts.argmax(0), readouts.max(0)
        z = best - best.max(1, keepdims=True)
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        rows = np.arange(batch)
        self.seed = p.copy()
        self.seed[rows, self.labels] -= 1
        self.seed /= batch
        return -np.log(p[rows, self.labels]).mean()

    def train(self):
        loss = self.pass_forward()
        s, w = self.s, self.w
        gradient = {name: np.zeros_like(value) for name, value in w.items()}
        gu = gi = np.zeros_like(self.membrane[0])
        go = gf = np.zeros_like(self.seed)
        for t in reversed(range(s["ticks"])):
            gf, go = self.alpha * gf + go, self.beta * go + np.where(self.when == t, self.seed, 0)
            gradient["W2"] += self.spikes[t].T @ gf
            error, late = gf @ w["W2"].T, gi
            if s["recurrent"]:
                error += self.late @ w["V"].T if t + 1 < s["ticks"] else 0
            u = self.membrane[t] - 1
            held = np.where(u > 0, 0, gu)
            gi = self.alpha * gi + held
            gu = self.beta * held + error / (shapes.SLOPE * np.abs(u) + 1) ** 2
            self.late = late
            gradient["W1"] += self.flags[t].T @ late
            if s["recurrent"] and t:
                gradient["V"] += self.spikes[t - 1].T @ late
        self.step += 1
        for name, g in gradient.items():
            m, v = self.first[name], self.second[name]
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            unbiased = m / (1 - 0.9**self.step)
            w[name] -= shapes.RATE * unbiased / (np.sqrt(v / (1 - 0.999**self.step)) + 1e-8)
        return loss


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["losses"]


def compile_c(work, name, *more):
    target = os.path.join(work, name)
    flags = ["-O3", "-march=native", "-fopenmp", *more]
    subprocess.run(["gcc", *flags, os.path.join(HERE, "training_step.c"), "-o", target, "-lm"], check=True)
    return target


def deviations(s, options, work, programs):
    """Of each program's losses from the reference's, by step."""
    shapes.write(s, work)
    data = os.path.join(work, s["name"])
    reference, changed = Network(s), Network(s, np.random.default_rng(1))
    expected, own = [], "reference, weights changed by 2^-24"
    losses = {own: []}
    for _ in range(options.steps):
        expected.append(reference.train())
        losses[own].append(changed.train())
    for precision in ("f64", "f32"):
        losses["snn, " + precision] = run(
            [options.snn, "bench", data + ".snn", "--params", data + "/params.h5", "--threads", "1", "--steps",
             str(options.steps), "--precision", precision, "--json"])
    for who, program in programs.items():
        losses[who] = run([program, data, str(options.steps)])
    off = {who: [abs(a / b - 1) for a, b in zip(values, expected)] for who, values in losses.items()}
    from_snn = {who: max(abs(a / b - 1) for a, b in zip(values, losses["snn, f32"])) for who, values in losses.items()}
    return off, from_snn


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snn", default=os.path.join(HERE, "../../.build/release/snn"))
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--shapes", nargs="+", default=["A", "B", "C"])
    parser.add_argument("--draws", type=int, default=1)
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="snn-losses-")
    programs = {
        "C, f32": compile_c(work, "fast", "-ffast-math"),
        "C, f32, without -ffast-math": compile_c(work, "plain"),
    }
    print("| shape | program | deviation of the loss at steps 1, 2, 5, 10, 20 | steps within 1e-4 | from snn, f32, at most |")
    print("|---|---|---|---|---|")
    for name in options.shapes:
        programs["C, f32, adding up as snn does"] = shapes.build_with_equal_sums(name, os.path.join(work, "equal" + name))
        draws = [deviations(shapes.shape(name, draw=draw), options, work, programs) for draw in range(options.draws)]
        for who in draws[0][0]:
            off = np.array([draw[who] for draw, _ in draws])
            from_snn = max(draw[who] for _, draw in draws)
            mean = np.exp(np.log(np.maximum(off, 1e-17)).mean(0))
            shown = ", ".join(f"{mean[k - 1]:.0e}" for k in (1, 2, 5, 10, 20) if k <= options.steps)
            within = [next((k for k, x in enumerate(row) if x > 1e-4), len(row)) for row in off]
            steps = f"{', '.join(map(str, within))} of {options.steps}"
            print(f"| {name} | {who} | {shown} | {steps} | {from_snn:.0e} |", flush=True)


if __name__ == "__main__":
    main()
