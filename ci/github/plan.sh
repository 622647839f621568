#!/usr/bin/env bash
# Checks the manifest and plans, once each; leaves the comment in
# $CELLA_DIR/comment.md; writes annotations, the summary and the outputs. It
# fails only where none of that could be done: conclude.sh fails the job, after
# the comment was posted.
set -euo pipefail
# shellcheck source=ci/github/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/github/label.sh
. "$(dirname "$0")/label.sh"

# The manifest of such a run comes from anybody, and its token and key do not:
# what the plan says of guessed values would tell whether they are right.
[ "${GITHUB_EVENT_NAME:-}" != pull_request_target ] ||
  fail "pull_request_target gives the token and the key to whoever opens a pull request; use pull_request"

own_checkout

cella=$CELLA_DIR/cella
comment=$CELLA_DIR/comment.md
summary=$CELLA_DIR/summary.md # the same, where more of it fits
outputs=$CELLA_DIR/outputs.env
annotations=$CELLA_DIR/annotations

# Runs for forks and of Dependabot get no secrets.
outsider() {
  [ "${GITHUB_EVENT_NAME:-}" = pull_request ] || return 1
  [ "$HEAD_REPOSITORY" != "$GITHUB_REPOSITORY" ] || [ "${GITHUB_ACTOR:-}" = 'dependabot[bot]' ]
}

has_token() {
  case ${IN_API:-${CELLA_API:-}} in emulator:*) return 0 ;; esac
  [ -n "${PANTHEON_MACHINE_TOKEN:-}${PANTHEON_TOKEN:-}${TERMINUS_TOKEN:-}" ]
}

# Whether anything was given to decrypt with, right or wrong.
has_key() {
  [ -n "${SOPS_AGE_KEY:-}${SOPS_AGE_KEY_FILE:-}${SOPS_AGE_KEY_CMD:-}${SOPS_AGE_SSH_PRIVATE_KEY_FILE:-}${SOPS_AGE_SSH_PRIVATE_KEY_CMD:-}" ] ||
    [ -n "${AWS_ACCESS_KEY_ID:-}${AWS_PROFILE:-}${AWS_WEB_IDENTITY_TOKEN_FILE:-}" ] ||
    [ -n "${GOOGLE_APPLICATION_CREDENTIALS:-}${GOOGLE_CREDENTIALS:-}${GOOGLE_OAUTH_ACCESS_TOKEN:-}" ] ||
    [ -n "${AZURE_CLIENT_ID:-}${AZURE_CONFIG_DIR:-}${VAULT_TOKEN:-}" ]
}

# tell appends a sentence of the script's own to the comment.
tell() { printf '\n%s\n' "$1" >>"$comment"; }

check() {
  local flags=(--file "$IN_FILE" --label "$(label)")
  switch strict "$IN_STRICT"
  # Without a token nothing is planned, and no key in the network is asked.
  if has_token && [ -n "$IN_KEY_SOURCES" ]; then flags+=(--key-sources "$IN_KEY_SOURCES"); fi
  guarded "$cella" validate "${flags[@]}" --format text --format github="$annotations" \
    --format markdown="$comment" --format outputs="$outputs"
}

plan() {
  local flags
  common_flags
  flags+=(--label "$(label)")
  switch fail-on-expired "$IN_FAIL_ON_EXPIRED"
  # In a run for one's own repository a key that is missing is a mistake, such as a
  # secret whose name has a typo: it must not look like a plan that has nothing to say.
  if [ "$IN_DECRYPT" = false ] || { ! grep -q '^decrypted=true$' "$outputs" && ! has_key && outsider; }; then
    flags+=(--no-decrypt)
    echo "::warning title=cella::the plan is made without a key, so it compares no values and is not complete"
  elif grep -q '^savable=true$' "$outputs"; then
    flags+=(--out "$CELLA_DIR/plan.json")
  else
    echo "::warning title=cella::the plan is not saved, because without a fingerprint_key nothing tells values from the environment apart"
  fi
  guarded "$cella" plan "${flags[@]}" --format text --format markdown="$comment" --format summary="$summary" --format outputs="$outputs"
}

case $IN_DECRYPT in
  true | false) ;;
  *) fail "the input decrypt has to be true or false" ;;
esac

code=0
check || code=$?
if ! cat "$annotations"; then fail "the manifest could not be checked; the log says why"; fi
if [ "$code" -ne 0 ]; then
  tell 'The pull request shows the errors at their lines.'
elif outsider && ! has_token; then
  tell 'This run has neither token nor key: GitHub gives none to pull requests from forks, nor to Dependabot. Whoever merges this sees the plan only when it is applied; to see it before, push the change to a branch of this repository after you have read it.'
  echo "::notice title=cella::not planned: a run for a fork or for Dependabot has neither token nor key"
else
  plan || code=$?
fi

if [ ! -f "$summary" ]; then summary=$comment; fi
cat "$summary" >>"$GITHUB_STEP_SUMMARY"
{
  cat "$outputs"
  echo "exit_code=$code"
  if [ -f "$CELLA_DIR/plan.json" ]; then echo "plan_file=$CELLA_DIR/plan.json"; fi
} >>"$GITHUB_OUTPUT"
