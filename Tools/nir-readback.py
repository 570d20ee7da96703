#!/usr/bin/env python3
"""Reads what `snn export` writes with NIR's own library, and what that library writes with `snn import`.

    pip install nir
    Tools/nir-readback.py [.build/release/snn]

Parameters are held against the numbers of the program below, weights against what `snn run --save` writes. It ends with
status 1 where anything differs, and prints the largest relative difference. The tests do the same without Python
(NIRTests); this one shows that others read the files.
"""

import pathlib
import subprocess
import sys
import tempfile

import h5py
import nir
import numpy as np

PROGRAM = """
use std.nir
network Everything {
  step 0.5 ms
  input x : spikes[6]
  population lif = LIFClocked[5](tau = 8 ms per unit, v_threshold = 0.05, v_reset = -0.01)
  population exact = LIF[4](tau = 6 ms, v_leak = 0.01, v_threshold = 0.1)
  population cuba = CubaLIF[3](tau_syn = 8 ms, tau_mem = 15 ms, v_threshold = 0.1, w_in = 2)
  population counter = IF[3](r = 0.3 /ms, v_threshold = 0.2)
  population slow = CubaLI[2](tau_mem = 40 ms)
  population out = LI[2](tau = 30 ms, v_leak = 0.2)
  connect x -> lif.I as w_1 { learnable weight ~ normal(0.5, 0.5) }
  connect lif -> exact.I as w_2 { learnable weight ~ normal(0.5, 0.5), delay = 0 }
  connect exact -> cuba.S as w_3 { learnable weight ~ normal(1, 1), delay = 1.5 ms }
  connect cuba -> cuba.S as w_4 { learnable weight ~ normal(0, 0.3) }
  connect cuba -> counter.I as w_5 { pattern one_to_one, learnable weight ~ normal(1, 0.2), delay = 0 }
  connect counter -> slow.S as w_6 { learnable weight ~ normal(1, 0.3), delay = 0 }
  connect slow.v -> out.I as w_7 { learnable weight ~ normal(1, 0.3), delay = 0 }
}
task short of Everything {
  feed x = rate(50 Hz)
  run for 10 ms
}
"""

# By NIR's definitions: times in seconds, a rate of 0.3 /ms as 300 /s.
EXPECTED = {
    "lif": ("LIF", {"tau": 8e-3, "r": 1, "v_leak": 0, "v_threshold": 0.05, "v_reset": -0.01}),
    "exact": ("LIF", {"tau": 6e-3, "r": 1, "v_leak": 0.01, "v_threshold": 0.1}),
    "cuba": ("CubaLIF", {"tau_syn": 8e-3, "tau_mem": 15e-3, "r": 1, "v_threshold": 0.1, "w_in": 2}),
    "counter": ("IF", {"r": 300, "v_threshold": 0.2}),
    "slow": ("CubaLI", {"tau_mem": 40e-3}),
    "out": ("LI", {"tau": 30e-3, "v_leak": 0.2}),
}

snn = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".build/release/snn").resolve())
worst = 0.0
compared = 0


def same(what, found, expected):
    """Within the precision of the file: weights are 32-bit numbers."""
    global worst, compared
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    scale = max(np.abs(expected).max(), 1e-30)
    difference = float(np.abs(found - expected).max() / scale)
    worst, compared = max(worst, difference), compared + 1
    if difference > 1e-6:
        sys.exit(f"{what}: {found} where {expected} is expected")


def weights(graph):
    """Of `Linear` and `Affine`, and the diagonal of pairs, which is `Scale`."""
    nodes = {name: getattr(node, "weight", getattr(node, "scale", None)) for name, node in graph.nodes.items()}
    return {name: np.asarray(values) for name, values in nodes.items() if values is not None}


with tempfile.TemporaryDirectory() as folder:
    place = pathlib.Path(folder)

    def run(*arguments):
        done = subprocess.run([snn, *arguments], cwd=place, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"snn {' '.join(arguments)}: {done.stderr or done.stdout}")

    (place / "net.snn").write_text(PROGRAM)
    run("run", "net.snn", "--save", "weights.h5")
    run("export", "net.snn", "-o", "net.nir")
    graph = nir.read(place / "net.nir")
    for name, (kind, values) in EXPECTED.items():
        node = graph.nodes[name]
        if type(node).__name__ != kind:
            sys.exit(f"{name} is a {type(node).__name__}, not a {kind}")
        for field, value in values.items():
            same(f"{name}.{field}", getattr(node, field), value)
    with h5py.File(place / "weights.h5") as file:
        saved = {name: file["parameters"][name][()] for name in file["parameters"]}
    exported = weights(graph)
    for name in (f"w_{k}" for k in range(1, 8)):
        same(name, exported[name], saved[name])
    same("w_3_delay.delay", graph.nodes["w_3_delay"].delay, 1.5e-3)

    # And back: the library writes what it read, and the program of that is exported again.
    nir.write(place / "again.nir", graph)
    run("import", "again.nir", "-o", "again.snn", "--step", "0.5ms")
    run("export", "again.snn", "--params", "again.h5", "-o", "third.nir")
    third = nir.read(place / "third.nir")
    for name, (kind, values) in EXPECTED.items():
        for field in values:
            same(f"{name}.{field} after two ways", getattr(third.nodes[name], field), getattr(graph.nodes[name], field))
    for name, values in weights(third).items():
        if name in exported:
            same(f"{name} after two ways", values, exported[name])

print(f"nir {nir.__version__}: {compared} arrays are the same, the largest relative difference is {worst:.1e}")
