#!/usr/bin/env bash
# The whole suite at its most verbose, and after it the scan for every secret that it handed out. Leaves the collected output in place when
# something was found: it holds the secrets too, of databases and servers that are gone.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

TEST_LEAKS_DIR=$(mktemp -d)
export TEST_LEAKS_DIR
mkdir "$TEST_LEAKS_DIR/output"

status=0
npm test 2>&1 | tee "$TEST_LEAKS_DIR/output/run-test.log" || status=1
npx vitest run --project leaks || status=1

if ((status == 0)); then rm -r "$TEST_LEAKS_DIR"; else echo "Collected in $TEST_LEAKS_DIR"; fi
exit "$status"
