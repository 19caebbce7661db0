#!/usr/bin/env python3
"""Whole-process measurements of the program, as ratios to a baseline of the same run where there is one.

usage: run.py FAULTBOX
"""
import atexit, json, os, pathlib, resource, shutil, statistics, subprocess, sys, tempfile, time

faultbox = os.path.abspath(sys.argv[1])
here = pathlib.Path(__file__).parent
work = pathlib.Path(tempfile.mkdtemp(prefix="faultbox-bench-"))
atexit.register(shutil.rmtree, work, ignore_errors=True)
subprocess.run(["gcc", "-O2", "-o", work / "service", here / "service.c"], check=True)


def spec(body):
    (work / "bench.star").write_text(
        'svc = service("svc", "./service", interface("main", "tcp", 7390), args = ["7390"], healthcheck = tcp("localhost:7390"))\n' + body)


def run(*args):
    """Runs the suite; returns the JSON document and the peak memory of the process in MiB."""
    started = subprocess.run(
        ["/usr/bin/time", "-f", "%M", "-o", str(work / "memory"), faultbox, "test", "bench.star", "--no-bundle", "--format", "json", *args],
        cwd=work, capture_output=True, text=True) if os.path.exists("/usr/bin/time") else None
    if started is None:
        sys.exit("the package time is needed: apt-get install time")
    if started.returncode != 0:
        sys.exit(started.stderr[-2000:])
    return json.loads(started.stdout), int((work / "memory").read_text().split()[-1]) / 1024


def seconds(command, count):
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def processor_seconds(command, count):
    """The least processor time of several runs: what a busy machine disturbs least."""
    times = []
    for _ in range(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times)


def row(name, value, target):
    print(f"{name:58} {value:>18}   target {target}")


version, nothing = seconds([faultbox, "--version"], 21), seconds(["/bin/true"], 21)
row("--version, median of 21", f"{version * 1000:.0f} ms", "70 ms")
row("  over starting /bin/true", f"{version / nothing:.0f} x", "-")

def lines(count):
    """A specification without services, about as long as asked for."""
    body = "".join(
        f'NAME_{i} = "n-{i}"\n'
        f'def helper_{i}(x, retries = 3):\n'
        f'    if retries > {i % 7} and x.startswith(NAME_{i}):\n'
        "        return [y * 2 for y in range(retries)]\n"
        f'    return {{"x": x, "all": [1, 2, {i}]}}\n\n' for i in range(count // 6))
    return body + "def test_it():\n    assert_eq(1, 1)\n"


for count in (2, 500):
    (work / "long.star").write_text(lines(count))
    row(f"check of {count} lines, processor time, best of 5", f"{processor_seconds([faultbox, 'check', 'long.star'], 5) * 1000:.0f} ms",
        "120 ms" if count == 500 else "-")

spec("".join(f'def test_{i:02}():\n    assert_eq(svc.main.send(data = "hi"), "OK")\n' for i in range(30)))
plain, _ = run()
spec("".join(
    f'def test_{i:02}():\n    fault(svc, fsync = deny("EIO"), run = lambda: assert_eq(svc.main.send(data = "hi"), "OK"))\n' for i in range(30)))
filtered, _ = run()
for name, document in (("unfiltered", plain), ("filtered", filtered)):
    durations = sorted(t["duration_ms"] for t in document["tests"])
    row(f"a test of a trivial service, {name}, median of 30", f"{statistics.median(durations):.0f} ms", "60 ms")

writes = 400_000
spec(f'def test_writes():\n    assert_eq(svc.main.send(data = "WRITE {writes}"), "OK")\n')
direct, base = run()
spec(f'def test_writes():\n    trace(svc, syscalls = ["write"], run = lambda: assert_eq(svc.main.send(data = "WRITE {writes}"), "OK"))\n')
intercepted, peak = run()
row(f"peak memory with {writes:,} intercepted writes", f"{peak:.0f} MiB", "150 MiB")
row("  over the same test without a filter", f"{peak / base:.2f} x", "-")
