"""Runs every script of this folder with CPython and with the starlark tool and prints the ratio of their times after start-up.

usage: compare.py path/to/starlark [name ...]
"""

import pathlib
import subprocess
import sys
import tempfile
import time

ROUNDS = 2


def best(command):
    times = []
    output = ""
    for _ in range(ROUNDS):
        start = time.perf_counter()
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        times.append(time.perf_counter() - start)
    return min(times), output


def main():
    tool, wanted = sys.argv[1], sys.argv[2:]
    folder = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as scratch:
        nothing = pathlib.Path(scratch, "nothing.star")
        nothing.write_text("pass\n")
        python_start, _ = best(["python3", str(nothing)])
        tool_start, _ = best([tool, str(nothing)])
    print(f"{'script':<16}{'python3':>9}{'starlark':>10}{'ratio':>8}   (start-up {python_start:.3f} s, {tool_start:.3f} s)")
    slower = False
    for script in sorted(folder.glob("*.star")):
        if wanted and script.stem not in wanted:
            continue
        python, expected = best(["python3", str(script)])
        starlark, actual = best([tool, str(script)])
        python -= python_start
        starlark -= tool_start
        note = "" if expected == actual else "   output differs"
        slower |= starlark > python
        print(f"{script.stem:<16}{python:>8.3f}s{starlark:>9.3f}s{starlark / python:>8.2f}{note}")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
