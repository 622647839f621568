#!/usr/bin/env bash
# Applies, on the one branch that may decide what Pantheon has; writes the summary and
# the outputs; ends as cella ends.
set -euo pipefail
# shellcheck source=ci/github/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/github/label.sh
. "$(dirname "$0")/label.sh"

case ${GITHUB_EVENT_NAME:-} in
  pull_request* | merge_group) fail "apply is for what has been merged, and this run is for a pull request" ;;
esac
own_checkout
branch=${IN_BRANCH:-$DEFAULT_BRANCH}
[ -n "$branch" ] || fail "this event does not say which branch is the default; set the input branch"
[ "${GITHUB_REF:-}" = "refs/heads/$branch" ] ||
  fail "apply runs on one branch only, the default one or what the input branch says, and this run is for another"

common_flags
if [ -n "$IN_PLAN_FILE" ]; then approved=(-- "$IN_PLAN_FILE"); else approved=(--auto-approve); fi

# A job that is cancelled signals this shell only; cella finishes the secret
# under way when it is told. A signal ends the wait, not the child.
# shellcheck disable=SC2317 # guarded calls it
supervised() {
  local child='' code signalled=''
  trap 'signalled=yes; if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null || true; fi' HUP INT TERM
  "$@" &
  child=$!
  if [ -n "$signalled" ]; then kill -TERM "$child"; fi # it came before there was a child to tell
  while :; do
    signalled='' code=0
    wait "$child" || code=$?
    [ -n "$signalled" ] || return "$code"
  done
}

code=0
guarded supervised "$CELLA_DIR/cella" apply "${flags[@]}" --label "$(label)" --report "$CELLA_DIR/report.json" \
  --format markdown="$CELLA_DIR/apply.md" --format outputs="$CELLA_DIR/apply.env" --format github="$CELLA_DIR/annotations" \
  "${approved[@]}" || code=$?
if [ -f "$CELLA_DIR/annotations" ]; then cat "$CELLA_DIR/annotations"; fi
if [ -f "$CELLA_DIR/apply.md" ]; then cat "$CELLA_DIR/apply.md" >>"$GITHUB_STEP_SUMMARY"; fi
if [ -f "$CELLA_DIR/apply.env" ]; then cat "$CELLA_DIR/apply.env" >>"$GITHUB_OUTPUT"; fi
exit "$code"
