#!/usr/bin/env bash
# Posts what became of an apply on the pull request that was merged, where there was
# something to do. The summary has it too, so what goes wrong here is a warning.
set -euo pipefail
# shellcheck source=ci/github/common.sh
. "$(dirname "$0")/common.sh"
forget_credentials

[ -n "$CELLA_DIR" ] && [ -f "$CELLA_DIR/apply.md" ] || exit 0
if [ "$(grep -cE '^(applied=0|failed=0|not_tried=0|apply_complete=true)$' "$CELLA_DIR/apply.env")" = 4 ]; then exit 0; fi
# cella comments with GH_TOKEN.
guarded "$CELLA_DIR/cella" comment github --merged "$CELLA_DIR/apply.md" ||
  echo "::warning title=cella::the result was not posted on the pull request that was merged, and is in the summary of the run: give the job pull-requests: write, or set comment to false"
