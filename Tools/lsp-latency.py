#!/usr/bin/env python3
"""How long the language server takes to answer an edit of a file of 2000 lines.

    swift build -c release --product snn && Tools/lsp-latency.py [.build/release/snn]

Types and takes back a character at 100 places; each time runs from the change to the diagnostics. Ends with status 1
where the median is above 50 ms.
"""

import json
import os
import statistics
import subprocess
import sys
import time

NEURON = """\
/// Neuron number {n}.
neuron Cell{n} {{
  param tau_m = 20 ms in 1 ms .. 100 ms
  param tau_s = 5 ms
  param R = 100 MOhm
  param theta = -50 mV
  state V = -65 mV
  state I = 0 pA
  let gap = theta - V
  tau_m * dV/dt = -(V + 65 mV) + R * I
  dI/dt = -I / tau_s
  on input(w) {{ I += w }}
  spike when V > theta
  on spike {{ V = -65 mV }}
  refractory 2 ms hold V
}}

"""

NETWORK = """\
network Net{n}(size = 20) {{
  step 0.1 ms
  input x : spikes[10]
  population a = Cell{n}[size]
  population b = Cell{n}[size](tau_m = 10 ms)
  connect x -> a as w_in {{ learnable weight ~ normal(0 pA, 100 pA) }}
  connect a -> b as w_ab {{ learnable weight ~ normal(0 pA, 50 pA), delay = 1.5 ms }}
}}
"""


def program(lines):
    text = ""
    number = 0
    while text.count("\n") < lines - 30:
        text += NEURON.format(n=number)
        if number % 4 == 3:
            text += NETWORK.format(n=number)
        number += 1
    return text


class Server:
    def __init__(self, path):
        self.process = subprocess.Popen([path, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def send(self, **message):
        content = json.dumps(dict(jsonrpc="2.0", **message)).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self.process.stdin.flush()

    def receive(self):
        header = b""
        while not header.endswith(b"\r\n\r\n"):
            header += self.process.stdout.read(1)
        return json.loads(self.process.stdout.read(int(header.split(b":")[1].split()[0])))

    def seconds(self):
        """Time on a processor, which does not depend on what else the machine does (Linux; elsewhere 0)."""
        try:
            with open(f"/proc/{self.process.pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else ".build/release/snn"
    text = program(2000)
    lines = text.split("\n")
    uri = "file:///measured.snn"
    server = Server(path)
    server.send(id=1, method="initialize", params={})
    server.receive()
    server.send(method="textDocument/didOpen", params={"textDocument": {"uri": uri, "text": text}})
    first = server.receive()
    assert not first["params"]["diagnostics"], first
    used = server.seconds()
    places = [number for number, line in enumerate(lines) if "spike when" in line]
    times = []
    for place in (places * 100)[:100]:
        end = len(lines[place])
        for start, stop, new in [(end, end, "x"), (end, end + 1, "")]:
            change = {
                "range": {
                    "start": {"line": place, "character": start},
                    "end": {"line": place, "character": stop},
                },
                "text": new,
            }
            began = time.perf_counter()
            server.send(
                method="textDocument/didChange",
                params={"textDocument": {"uri": uri}, "contentChanges": [change]},
            )
            answer = server.receive()
            times.append((time.perf_counter() - began) * 1000)
            assert bool(answer["params"]["diagnostics"]) == bool(new)
    used = (server.seconds() - used) * 1000 / len(times)
    others = {}
    for method in ["completion", "hover", "documentSymbol", "semanticTokens/full", "foldingRange", "formatting"]:
        began = time.perf_counter()
        server.send(
            id=2,
            method="textDocument/" + method,
            params={
                "textDocument": {"uri": uri},
                "position": {"line": places[len(places) // 2], "character": 14},
            },
        )
        server.receive()
        others[method] = (time.perf_counter() - began) * 1000
    median = statistics.median(times)
    print(f"{len(lines)} lines, {len(times)} edits: median {median:.1f} ms, worst {max(times):.1f} ms, processor {used:.1f} ms")
    for method, took in others.items():
        print(f"  {method}: {took:.1f} ms")
    return 0 if median <= 50 else 1


if __name__ == "__main__":
    sys.exit(main())
