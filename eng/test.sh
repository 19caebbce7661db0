#!/bin/sh
# Builds and runs the test projects and ends with the names of the tests that failed and one line: "N passed, N failed".
# With --fast only tests without the trait Category=Slow run. With --jitter threads sleep at random moments (see eng/jitter.c).
# In continuous integration a skipped test counts as failed.
set -eu
cd "$(dirname "$0")/.."

filter=
preload=
case "${1:-}" in
    --fast) filter="-trait- Category=Slow" ;;
    --jitter)
        preload=$PWD/artifacts/jitter.so
        mkdir -p artifacts
        cc -shared -fPIC -O2 -Wall -Wextra -o "$preload" eng/jitter.c -ldl
        ;;
esac

dotnet build Faultbox.slnx -c Release --nologo -v quiet
[ -n "$filter" ] || ./faultbox --version >/dev/null

passed=0
failed=0
report=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$report" "$failures"' EXIT
count() { sed -n "s/.*Total: .*$1: \([0-9]*\).*/\1/p" "$report" | tail -1; }
for project in tests/*.Tests; do
    name=$(basename "$project")
    echo "== $name"
    status=0
    # What a background job is started to ignore would be ignored by what the tests interrupt.
    # shellcheck disable=SC2086 # two words
    LD_PRELOAD=$preload env --default-signal=HUP,INT,QUIT "artifacts/bin/$name/release/$name" $filter -noColor >"$report" 2>&1 || status=$?
    cat "$report"
    # A failed test's name and the first lines of its reason: the end of a long log is what a reader sees.
    grep -A 4 '\[FAIL\]$' "$report" >>"$failures" || true
    total=$(sed -n 's/.*Total: \([0-9]*\).*/\1/p' "$report" | tail -1)
    if [ -z "$total" ]; then
        echo "$name ended without a summary (exit code $status)" | tee -a "$failures"
        failed=$((failed + 1))
        continue
    fi
    if [ "$total" = 0 ] && [ -n "$filter" ]; then
        continue # all its tests are slow
    fi
    bad=$(($(count Errors) + $(count Failed)))
    skipped=$(count Skipped)
    [ -z "${CI:-}" ] || bad=$((bad + skipped))
    [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
    failed=$((failed + bad))
    passed=$((passed + total - $(count 'Not Run') - bad))
    [ -n "${CI:-}" ] || passed=$((passed - skipped))
done
echo
cat "$failures"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
