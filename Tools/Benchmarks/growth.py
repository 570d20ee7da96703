"""Time and memory of a training step against synapses x spikes, ticks and batch, over two decades each, drawn as SVG.

    growth.py SNN [FOLDER]
"""

import json
import math
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# name: (what the axis counts, values, hidden units, ticks, batch of a value)
CURVES = {
    "synapses": ("synapses x spikes of a step, millions", [32, 100, 320, 1000, 3200], lambda v: (v, 200, 8)),
    "time": ("ticks of a sample", [100, 300, 1000, 3000, 10000], lambda v: (64, v, 8)),
    "batch": ("samples of a batch", [8, 25, 80, 250, 800], lambda v: (64, 200, v)),
}


def measure(snn, hidden, ticks, batch, folder):
    with open(os.path.join(HERE, "growth.snn")) as file:
        text = file.read()
    text = text.replace("samples = 8", f"samples = {batch}").replace("steps = 200", f"steps = {ticks}")
    text = text.replace("run for 200 ms", f"run for {ticks} ms").replace("batch 8,", f"batch {batch},")
    path = os.path.join(folder, "growth.snn")
    with open(path, "w") as file:
        file.write(text)
    command = [snn, "bench", path, "--set", f"n={hidden}", "--threads", "1", "--steps", "5", "--json"]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    answer["synaptic_events"] = 100 * 0.02 * ticks * batch * hidden
    return answer


def run(snn):
    """Lists of (x, training ms, forward ms, MiB) by curve."""
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, values, sizes) in CURVES.items():
            result[name] = []
            for value in values:
                answer = measure(snn, *sizes(value), folder)
                x = answer["synaptic_events"] / 1e6 if name == "synapses" else value
                times = answer["training"]["median_ms"], answer["forward"]["median_ms"]
                result[name].append((x, *times, answer["peak_memory"] / 2**20))
    return result


def exponent(points, column):
    """Slope of the line through the points in logarithms: 1 is linear growth."""
    xs, ys = [math.log(p[0]) for p in points], [math.log(p[column]) for p in points]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)


def label(value):
    return f"{value:.0f}" if value >= 1 else f"{value:g}"


def svg(title, points):
    """Both axes logarithmic; a dashed line of slope one through the last point of the training step."""
    width, height, left, right, top, bottom = 480, 340, 62, 116, 20, 52
    series = [("training step", 1, "#0072B2"), ("forward alone", 2, "#D55E00")]
    low_x, high_x = math.log10(points[0][0]) - 0.1, math.log10(points[-1][0]) + 0.1
    all_y = [p[c] for p in points for c in (1, 2)]
    low_y, high_y = math.log10(min(all_y)) - 0.15, math.log10(max(all_y)) + 0.15

    def place(x, y):
        px = left + (math.log10(x) - low_x) / (high_x - low_x) * (width - left - right)
        py = height - bottom - (math.log10(y) - low_y) / (high_y - low_y) * (height - top - bottom)
        return px, py

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" fill="#222">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for power in range(math.ceil(low_x), math.floor(high_x) + 1):
        x, _ = place(10**power, 10**low_y)
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{height - bottom}" stroke="#ddd"/>')
        out.append(f'<text x="{x:.1f}" y="{height - bottom + 17}" text-anchor="middle">{label(10.0**power)}</text>')
    for power in range(math.ceil(low_y), math.floor(high_y) + 1):
        _, y = place(10**low_x, 10**power)
        out.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 7}" y="{y + 4:.1f}" text-anchor="end">{label(10.0**power)}</text>')
    out.append(f'<rect x="{left}" y="{top}" width="{width - left - right}" height="{height - top - bottom}" '
               'fill="none" stroke="#888"/>')
    end = points[-1]
    begin_x = max(points[0][0], end[0] * 10**low_y / end[1])
    (x1, y1), (x2, y2) = place(begin_x, end[1] * begin_x / end[0]), place(end[0], end[1])
    out.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#888" stroke-dasharray="4 4"/>')
    for name, column, colour in series:
        places = [place(p[0], p[column]) for p in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        out.append(f'<text x="{width - right + 8}" y="{y + 4:.1f}" fill="{colour}">{name}</text>')
        out.append(f'<text x="{width - right + 8}" y="{y + 19:.1f}" fill="{colour}">~ x^{exponent(points, column):.2f}</text>')
    middle = left + (width - left - right) / 2
    out.append(f'<text x="{middle}" y="{height - 14}" text-anchor="middle">{title}</text>')
    out.append(f'<text transform="translate(15 {top + (height - top - bottom) / 2}) rotate(-90)" '
               'text-anchor="middle">ms (one thread)</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def draw(result, folder):
    for name, points in result.items():
        with open(os.path.join(folder, f"growth-{name}.svg"), "w") as file:
            file.write(svg(CURVES[name][0], points))


if __name__ == "__main__":
    result = run(sys.argv[1])
    draw(result, sys.argv[2] if len(sys.argv) > 2 else HERE)
    for name, points in result.items():
        print(name, *(f"{x:g}: {training:.2f} ms, {forward:.2f} ms, {mib:.0f} MiB;" for x, training, forward, mib in points))
