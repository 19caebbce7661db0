#!/bin/sh
# Every benchmark in one run: intercepted calls, proxies, whole-process figures, the language. Ends with 1 when one of them missed a target.
set -eu
cd "$(dirname "$0")/.."
./faultbox --version >/dev/null
missed=0
dotnet run --project bench/Syscalls -c Release || missed=1
dotnet run --project bench/Proxies -c Release || missed=1
python3 bench/suite/run.py artifacts/faultbox/faultbox || missed=1
python3 bench/starlark/compare.py artifacts/bin/Starlark.Tool/release/starlark-cli \
    --calls artifacts/bin/Faultbox.Bench.StarlarkCalls/release/Faultbox.Bench.StarlarkCalls || missed=1
exit $missed
