#!/usr/bin/env bash
# Posts $CELLA_DIR/comment.md on the pull request, or updates the comment that an
# earlier run posted. Where this run got no further, that comment is marked as
# outdated. The plan is in the summary too, so what goes wrong here is a warning.
set -euo pipefail
# shellcheck source=ci/github/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/github/label.sh
. "$(dirname "$0")/label.sh"
forget_credentials

warn() {
  echo "::warning title=cella::$1: give the job pull-requests: write (runs for forks cannot have it); the log says more"
  exit 0
}

[ -n "$PR_NUMBER" ] || exit 0
if [ -n "$CELLA_DIR" ] && [ -x "$CELLA_DIR/cella" ]; then
  posting=("$CELLA_DIR/comment.md") unposted="the plan was not posted, and is in the summary of the run"
  if [ ! -f "$CELLA_DIR/comment.md" ]; then
    posting=(--label "$(label)" --outdated 'A later run failed before it could plan; its log says why.') unposted="the comment with the plan shows an older one"
  fi
  guarded "$CELLA_DIR/cella" comment github --number "$PR_NUMBER" "${posting[@]}" || warn "$unposted"
  exit 0
fi

# cella could not be installed, so this does what it would do.
command -v gh >/dev/null || warn "a comment with an older plan may be on the pull request, and this runner has no gh to say so"
if [ "${GITHUB_SERVER_URL:-https://github.com}" != https://github.com ]; then
  export GH_HOST=${GITHUB_SERVER_URL#https://} GH_ENTERPRISE_TOKEN=$GH_TOKEN
fi
digest=$(label | { sha256sum 2>/dev/null || shasum -a 256; }) # macOS has the other one
marker="<!-- cella:${digest%% *} -->"
# shellcheck disable=SC2016 # the variables are those of GraphQL
found=$(CELLA_MARKER=$marker gh api graphql --paginate \
  -f owner="${GITHUB_REPOSITORY%%/*}" -f name="${GITHUB_REPOSITORY#*/}" -F number="$PR_NUMBER" \
  -f query='query($owner: String!, $name: String!, $number: Int!, $endCursor: String) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) {
      comments(first: 100, after: $endCursor) { pageInfo { hasNextPage endCursor } nodes { id viewerDidAuthor body } } } } }' \
  --jq '.data.repository.pullRequest.comments.nodes[] | select(.viewerDidAuthor and (.body | startswith(env.CELLA_MARKER))) | .id') ||
  warn "the comment with an older plan could not be looked for"
id=${found%%$'\n'*}
[ -n "$id" ] || exit 0
body="$marker
### Outdated: what \`cella apply\` will do is not known

In a later run cella could not be installed; its log says why. The history of this comment's edits has the earlier plan."
# shellcheck disable=SC2016
gh api graphql --silent -f id="$id" -f body="$body" \
  -f query='mutation($id: ID!, $body: String!) { updateIssueComment(input: {id: $id, body: $body}) { clientMutationId } }' ||
  warn "the comment with the plan shows an older one"
