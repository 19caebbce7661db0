#!/usr/bin/env python3
"""Runs every script of this folder with CPython and with the starlark tool, in turns, and prints one table: times after start-up, their
ratio, and the targets of the language's specification where there is one. Times are the best of several rounds. "wall" is the ratio of
elapsed times, worth reading on an idle machine only; "first" is the ratio of processor times (all threads, so that compiling in the background
counts), which a busy machine disturbs less; "steady" is the same ratio for a second run of the work in the same process, when all is compiled.
Scripts are judged by processor time: PASS is a ratio of at most 1 and a time within the target.

The tool is artifacts/bin/Starlark.Tool/release/starlark-cli. Its start-up time tells which it is: a native program starts in 3 ms; what a
build makes where there is no C compiler takes ten times as long and compiles its hot code while it runs.

usage: compare.py path/to/starlark-cli [name ...]
       compare.py path/to/starlark-cli --calls path/to/Faultbox.Bench.StarlarkCalls

Ends with 1 when a ratio of first runs or a figure is more than twice its target, or outputs differ.
"""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROUNDS = 5
HEADROOM = 2.0
FOLDER = pathlib.Path(__file__).parent

# The interpreter that runs this file, not what the name finds on the path, which may be a launcher of its own cost.
PYTHON = os.path.realpath(sys.executable)

# Seconds after start-up.
TARGETS = {"loop_10m": 1.0, "dict_1m": 0.6, "sort_100k": 0.150}

# Name, unit, target.
CALLS = {"host_to_lambda": 200.0, "percent_format": 300.0}
COLD_LOAD_MS = 40.0


def once(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    finished = subprocess.run(command, check=True, capture_output=True, text=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, finished


def best(rounds):
    return min(r[0] for r in rounds), min(r[1] for r in rounds)


def verdict(excess):
    return "PASS" if excess <= 1.0 else "over" if excess <= HEADROOM else "FAIL"


def module(number, lines):
    """A module such as a specification has: constants, helpers, tables, lambdas; about as many lines as asked for."""
    body = [f"# module {number}"]
    while len(body) < lines:
        i = len(body)
        body += [
            f"NAME_{i} = \"service-{i}\"",
            f"def helper_{i}(address, retries = 3, timeout = \"5s\"):",
            f"    if retries > {i % 7} and address.startswith(NAME_{i}):",
            "        return [x * 2 for x in range(retries) if x % 2 == 0]",
            "    return {\"address\": address, \"timeout\": timeout, \"attempts\": [1, 2, 3]}",
            f"TABLE_{i} = {{\"a\": helper_{i}(\"x\"), \"b\": [NAME_{i}, \"%s:%d\" % (NAME_{i}, {i})], \"c\": lambda r: r > {i}}}",
            "",
        ]
    return "\n".join(body) + "\n"


def cold_load(tool):
    """Milliseconds of processor time that a load takes in a fresh process, start-up taken off: 2,000 lines in a root and five modules."""
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        loads = []
        for number in range(5):
            (root / f"m{number}.star").write_text(module(number, 330))
            loads.append(f'load("m{number}.star", first_{number} = "NAME_1")')
        (root / "root.star").write_text("\n".join(loads) + "\n" + module(5, 345))
        (root / "nothing.star").write_text("pass\n")
        load, nothing = (min(once([tool, str(root / name)])[1] for _ in range(5)) for name in ("root.star", "nothing.star"))
    return (load - nothing) * 1000


def rounds_of(tool, script):
    """Processor and elapsed time of a script with both interpreters, then of the same script with its work done twice: its last line is the work."""
    with tempfile.TemporaryDirectory() as scratch:
        text = script.read_text()
        twice = pathlib.Path(scratch, script.name)
        twice.write_text(text + text.splitlines()[-1] + "\n")
        programs = [[PYTHON, str(script)], [tool, str(script)], [PYTHON, str(twice)], [tool, str(twice)]]
        return [[once(p) for p in programs] for _ in range(ROUNDS)]


def scripts(tool, wanted):
    with tempfile.TemporaryDirectory() as scratch:
        nothing = pathlib.Path(scratch, "nothing.star")
        nothing.write_text("pass\n")
        starts = [(once([PYTHON, str(nothing)]), once([tool, str(nothing)])) for _ in range(2 * ROUNDS)]
    python_start, tool_start = best([s[0] for s in starts]), best([s[1] for s in starts])
    load = os.getloadavg()[0]
    print(f"load average {load:.1f} on {os.cpu_count()} processors: {'busy, the wall column means little' if load > 0.5 * os.cpu_count() else 'idle'}")
    print(f"{'script':<16}{'python3':>9}{'starlark':>10}{'wall':>7}{'first':>7}{'steady':>8}{'target':>9}   first steady (seconds are processor time after start-up: {python_start[1]:.3f} s, {tool_start[1]:.3f} s)")
    worst = 0.0
    for script in sorted(FOLDER.glob("*.star")):
        if wanted and script.stem not in wanted:
            continue
        rounds = rounds_of(tool, script)
        python, starlark, python_twice, starlark_twice = (best([r[i] for r in rounds]) for i in range(4))
        steady = max(starlark_twice[1] - starlark[1], 1e-3) / max(python_twice[1] - python[1], 1e-3)
        python = [max(a - b, 1e-3) for a, b in zip(python, python_start)]
        starlark = [max(a - b, 1e-3) for a, b in zip(starlark, tool_start)]
        wall, first = (s / p for s, p in zip(starlark, python))
        target = TARGETS.get(script.stem)
        excess = max(first, starlark[1] / target if target else 0.0)
        worst = max(worst, excess)
        same = rounds[0][0][2].stdout == rounds[0][1][2].stdout
        worst = worst if same else HEADROOM + 1
        limit = f"{target:.2f} s" if target else "1 x"
        note = f"{verdict(excess)} {verdict(steady)}" if same else "output differs"
        print(f"{script.stem:<16}{python[1]:>8.3f}s{starlark[1]:>9.3f}s{wall:>7.2f}{first:>7.2f}{steady:>8.2f}{limit:>9}   {note}", flush=True)
    return worst


def figures(tool, calls):
    milliseconds = cold_load(tool)
    worst = milliseconds / COLD_LOAD_MS
    print(f"{'cold load':<16}{milliseconds:>19.1f} ms{COLD_LOAD_MS:>17.0f} ms   {verdict(worst)}")
    if calls:
        for line in once([calls])[2].stdout.splitlines():
            name, nanoseconds, allocated = line.split()
            excess = float(nanoseconds) / CALLS[name]
            if name == "host_to_lambda" and allocated != "0":
                excess = HEADROOM + 1
            worst = max(worst, excess)
            print(f"{name:<16}{float(nanoseconds):>19.1f} ns{CALLS[name]:>17.0f} ns   {verdict(excess)}   {allocated} bytes allocated")
    return worst


def main():
    tool, *rest = sys.argv[1:]
    calls = rest[1] if rest[:1] == ["--calls"] else None
    wanted = [] if calls else rest
    worst = scripts(tool, wanted)
    if not wanted:
        worst = max(worst, figures(tool, calls))
    return 1 if worst > HEADROOM else 0


if __name__ == "__main__":
    sys.exit(main())
