#!/bin/sh
# Every benchmark in one run: intercepted calls against native ones and a loop in C, then whole-process figures.
set -eu
cd "$(dirname "$0")/.."
./faultbox --version >/dev/null
dotnet run --project bench/Syscalls -c Release
python3 bench/suite/run.py artifacts/faultbox/faultbox
python3 bench/starlark/compare.py artifacts/bin/Starlark.Tool/release/starlark-cli \
    --calls artifacts/bin/Faultbox.Bench.StarlarkCalls/release/Faultbox.Bench.StarlarkCalls
