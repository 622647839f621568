# What the scripts of the action share. It is sourced, and prints nothing.
# shellcheck shell=bash

# fail MESSAGE ends the step. MESSAGE is the script's own words.
fail() {
  echo "::error title=cella::$1"
  exit 1
}

# forget_credentials removes what the job holds from the environment of a step's
# programs that need none of it.
forget_credentials() {
  unset PANTHEON_MACHINE_TOKEN PANTHEON_TOKEN TERMINUS_TOKEN SOPS_AGE_KEY SOPS_AGE_KEY_CMD SOPS_AGE_SSH_PRIVATE_KEY_CMD VAULT_TOKEN \
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN GOOGLE_OAUTH_ACCESS_TOKEN GOOGLE_CREDENTIALS \
    AZURE_CLIENT_SECRET AZURE_CLIENT_CERTIFICATE_PASSWORD AZURE_PASSWORD \
    ACTIONS_ID_TOKEN_REQUEST_TOKEN "${!CELLA_VALUE_@}"
}

# own_checkout fails where somebody's change is checked out in a run that has the
# credentials of the default branch: these events run there, whoever caused them.
own_checkout() {
  case ${GITHUB_EVENT_NAME:-} in workflow_run | issue_comment | issues | discussion_comment) ;; *) return 0 ;; esac
  local head
  head=$(git rev-parse HEAD 2>/dev/null) || head=''
  [ "$head" = "${GITHUB_SHA:-}" ] ||
    fail "this run has the credentials of the default branch, and another commit is checked out: what a pull request holds must not run with them; use the event pull_request"
}

# guarded COMMAND... prints what a command says. Names in it may come from a
# pull request or from Pantheon, so none of it can be a workflow command.
guarded() {
  local code=0 token
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$token"
  "$@" 2>&1 || code=$?
  echo "::$token::"
  return "$code"
}

# common_flags sets the array flags to what plan and apply both take.
common_flags() {
  flags=(--file "$IN_FILE")
  if [ -n "$IN_API" ]; then flags+=(--api "$IN_API"); fi
  if [ -n "$IN_KEY_SOURCES" ]; then flags+=(--key-sources "$IN_KEY_SOURCES"); fi
  local targets target
  read -r -d '' -a targets <<<"$IN_TARGET" || true # it ends without a NUL
  for target in "${targets[@]}"; do flags+=(--target "$target"); done
  switch strict "$IN_STRICT"
}

# switch NAME VALUE adds the flag --NAME to the array flags, if it was asked for.
switch() {
  case $2 in
    true) flags+=("--$1") ;;
    false) ;;
    *) fail "the input $1 has to be true or false" ;;
  esac
}
