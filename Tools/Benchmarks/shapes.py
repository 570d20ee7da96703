"""The three networks that are timed, and their data: what every program of a comparison is given.

A network of two layers of current-based LIF neurons in discrete time (hidden, some with recurrence; leaky readout),

    syn[t+1] = alpha syn[t] + x[t] W1 (+ s[t-1] V)        mem[t+1] = (beta mem[t] + syn[t]) (1 - s[t])
    s[t] = mem[t] > 1                                     flt[t+1] = alpha flt[t] + s[t] W2
                                                          out[t+1] = beta out[t] + flt[t]

the SuperSpike surrogate 1/(100 |mem - 1| + 1)^2, no gradient through the reset, the maximum over time of the readout,
cross entropy, Adam. The spikes are Poisson with rates that depend on the class; weights are drawn so that the membranes'
deviation is about one threshold. Fixed seeds: the same numbers everywhere.

    python3 shapes.py FOLDER            writes all shapes at all rates there
"""

import os
import shutil
import subprocess
import sys

import numpy as np

SLOPE = 100.0
RATE = 1e-3
HERE = os.path.dirname(os.path.abspath(__file__))
# Spikes per input and millisecond are `p`; times in ms, which are ticks.
SHAPES = {
    "A": dict(inputs=100, hidden=100, recurrent=False, outputs=10, ticks=100, batch=32, tau_mem=10.0, tau_syn=5.0, p=0.010),
    "B": dict(inputs=700, hidden=128, recurrent=True, outputs=20, ticks=100, batch=256, tau_mem=20.0, tau_syn=5.0, p=0.010),
    "C": dict(inputs=784, hidden=256, recurrent=False, outputs=10, ticks=100, batch=256, tau_mem=10.0, tau_syn=5.0, p=0.005),
}
RATES = [0.01, 0.05, 0.10]
# The order in which snn adds up gradients, for the program in C: parts, and samples of a block.
SUMS = {"A": (2, 16), "B": (8, 32), "C": (8, 16)}


def build_with_equal_sums(name, target):
    """Compiles training_step.c so that it rounds and adds up as snn does."""
    slots, block = SUMS[name]
    flags = ["-O3", "-march=native", "-fopenmp", "-ffp-contract=off", f"-DSLOTS={slots}", f"-DBLOCK={block}"]
    subprocess.run(["gcc", *flags, os.path.join(HERE, "training_step.c"), "-o", target, "-lm"], check=True)
    return target


def shape(name, p=None, draw=0):
    """`draw` counts other spikes and weights of the same kind."""
    result = dict(SHAPES[name], name=name, draw=draw)
    if p is not None:
        result["p"] = p
    result["alpha"] = float(np.exp(-1 / result["tau_syn"]))
    result["beta"] = float(np.exp(-1 / result["tau_mem"]))
    return result


def spikes(s):
    """Flags [tick, sample, input] and labels [sample]."""
    draw = np.random.default_rng(1234 + s["draw"])
    labels = draw.integers(0, s["outputs"], s["batch"])
    rates = draw.gamma(1.0, 1.0, (s["outputs"], s["inputs"]))
    rates *= s["p"] / rates.mean()
    chance = np.minimum(rates[labels], 0.5)
    flags = draw.random((s["ticks"], s["batch"], s["inputs"])) < chance[None]
    return flags.astype(np.uint8), labels.astype(np.int64)


def weights(s):
    """W1 [input, hidden], W2 [hidden, output], V [hidden, hidden] (source first)."""
    draw = np.random.default_rng(77 + s["draw"])
    a, b = s["alpha"], s["beta"]
    t = np.arange(200)
    response = (a ** (t + 1) - b ** (t + 1)) / (a - b)
    deviation = 0.9 / np.sqrt(s["inputs"] * s["p"] * (response**2).sum())
    result = {"W1": draw.normal(0, deviation, (s["inputs"], s["hidden"]))}
    result["W2"] = draw.normal(0, 0.2 / np.sqrt(s["hidden"]), (s["hidden"], s["outputs"]))
    if s["recurrent"]:
        result["V"] = draw.normal(0, 0.2 * deviation, (s["hidden"], s["hidden"]))
    return {name: value.astype(np.float32) for name, value in result.items()}


def write(s, folder):
    """Writes the program and its data, and the same as plain arrays for the program in C (`folder/NAME`)."""
    import h5py

    flags, labels = spikes(s)
    w = weights(s)
    data = os.path.join(folder, s["name"])
    os.makedirs(data, exist_ok=True)
    shutil.copy(os.path.join(HERE, s["name"] + ".snn"), folder)

    with h5py.File(data + "/events.h5", "w") as file:
        group = file.create_group("spikes")
        times = group.create_dataset("times", (s["batch"],), dtype=h5py.vlen_dtype(np.float32))
        units = group.create_dataset("units", (s["batch"],), dtype=h5py.vlen_dtype(np.uint16))
        for sample in range(s["batch"]):
            when, which = np.nonzero(flags[:, sample])
            times[sample] = (when * 1e-3).astype(np.float32)
            units[sample] = which.astype(np.uint16)
        file["labels"] = labels
    with h5py.File(data + "/params.h5", "w") as file:
        for name, value in w.items():
            file["parameters/" + {"W1": "w_in", "V": "w_rec", "W2": "w_out"}[name]] = value.T

    # Hidden units are padded to whole vectors of any width.
    hidden = -(-s["hidden"] // 16) * 16
    rows = flags.transpose(1, 0, 2).reshape(-1, s["inputs"])
    events = np.nonzero(rows)[1]
    np.concatenate([[0], np.cumsum(rows.sum(1, dtype=np.int64))]).astype(np.int32).tofile(data + "/ev_ptr.bin")
    events.astype(np.int32).tofile(data + "/ev.bin")
    labels.astype(np.int32).tofile(data + "/y.bin")

    def padded(a, height, width):
        return np.pad(a, ((0, height - a.shape[0]), (0, width - a.shape[1])))

    padded(w["W1"], s["inputs"], hidden).tofile(data + "/W1.bin")
    padded(w["W2"], hidden, s["outputs"]).tofile(data + "/W2.bin")
    if s["recurrent"]:
        padded(w["V"], hidden, hidden).tofile(data + "/V.bin")
    numbers = [s["inputs"], hidden, s["outputs"], s["ticks"], s["batch"], int(s["recurrent"])]
    reals = [s["alpha"], s["beta"], SLOPE, RATE]
    with open(data + "/meta.txt", "w") as file:
        file.write(" ".join([str(n) for n in numbers] + ["%.17g" % r for r in reals] + [str(len(events))]) + "\n")


if __name__ == "__main__":
    for name in SHAPES:
        write(shape(name), os.path.join(sys.argv[1], "given"))
        for p in RATES:
            write(shape(name, p), os.path.join(sys.argv[1], "%g" % p))
