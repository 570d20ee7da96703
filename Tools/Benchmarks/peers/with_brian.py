"""The balanced network of balanced.snn in Brian2, compiled to a C++ program.   with_brian.py cuba | coba | stdp"""

import json
import sys
import tempfile
import time

import brian2 as b
import measure
from brian2 import ms, mV, nS, pF

model = sys.argv[1]
begin = time.perf_counter()
folder = tempfile.mkdtemp(prefix="brian-")
b.set_device("cpp_standalone", directory=folder, build_on_run=False)
b.seed(1)
b.defaultclock.dt = 0.1 * ms
names = dict(tau_m=20 * ms, tau_e=5 * ms, tau_i=10 * ms, E_L=-49 * mV, V_th=-50 * mV, V_reset=-60 * mV, C=200 * pF,
             g_L=10 * nS, E_e=0 * mV, E_i=-80 * mV, w_e=1.62 * mV, w_i=-9 * mV, c_e=6 * nS, c_i=67 * nS)
if model == "coba":
    equations = """dv/dt = (g_L*(E_L - v) + g_e*(E_e - v) + g_i*(E_i - v))/C : volt (unless refractory)
                   dg_e/dt = -g_e/tau_e : siemens
                   dg_i/dt = -g_i/tau_i : siemens"""
    method, excite, inhibit = "rk4", "g_e += c_e", "g_i += c_i"
else:
    equations = """dv/dt = (g_e + g_i - (v - E_L))/tau_m : volt (unless refractory)
                   dg_e/dt = -g_e/tau_e : volt
                   dg_i/dt = -g_i/tau_i : volt"""
    method, excite, inhibit = "exact", "g_e += w_e", "g_i += w_i"
cells = b.NeuronGroup(4000, equations, threshold="v > V_th", reset="v = V_reset", refractory=5 * ms, method=method,
                      namespace=names)
cells.v = "V_reset + rand()*(V_th - V_reset)"
groups = []


def connect(where, **rules):
    synapses = b.Synapses(cells, cells, namespace=names, **rules)
    synapses.connect(where, p=0.02)
    groups.append(synapses)
    return synapses


if model == "stdp":
    plastic = connect("i < 3200 and j < 3200", model="""w : volt
                      dx/dt = -x/tau_m : 1 (event-driven)
                      dy/dt = -y/tau_m : 1 (event-driven)""",
                      on_pre="g_e += w\nw = clip(w - 0.0105*w_e*y, 0*volt, 2*w_e)\nx += 1",
                      on_post="w = clip(w + 0.01*w_e*x, 0*volt, 2*w_e)\ny += 1")
    plastic.w = 1.62 * mV
    connect("i < 3200 and j >= 3200", on_pre=excite)
else:
    connect("i < 3200", on_pre=excite)
connect("i >= 3200", on_pre=inhibit)
monitor = b.SpikeMonitor(cells)
network = b.Network(cells, monitor, *groups)
network.run(1 * b.second)
b.device.build(directory=folder, compile=True, run=False)
built = time.perf_counter() - begin
times = []
for _ in range(3):
    b.device.run(directory=folder, with_output=False, run_args=[])
    times.append(b.device._last_run_time)
print(json.dumps(dict(run_s=times, build_s=built, rate_hz=monitor.num_spikes / 4000)))
