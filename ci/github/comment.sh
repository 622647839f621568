#!/usr/bin/env bash
# Posts $CELLA_DIR/comment.md on the pull request, or updates the comment that
# an earlier run posted: of this author, beginning with this project's marker.
# The plan is in the summary too, so what goes wrong here is a warning.
set -euo pipefail
# shellcheck source=ci/github/common.sh
. "$(dirname "$0")/common.sh"
forget_credentials

warn() {
  echo "::warning title=cella::$1; the plan is in the summary of the run"
  exit 0
}

[ -n "$PR_NUMBER" ] || exit 0
body=$CELLA_DIR/comment.md
command -v gh >/dev/null ||
  warn "the plan was not posted, because this runner has no gh: install the GitHub CLI, or set comment to false"
IFS= read -r marker <"$body"
case $marker in
  '<!-- cella:'*' -->') ;;
  *) warn "the plan was not posted, because the manifest does not say whose it is" ;;
esac

if [ "${GITHUB_SERVER_URL:-https://github.com}" != https://github.com ]; then
  export GH_HOST=${GITHUB_SERVER_URL#https://} GH_ENTERPRISE_TOKEN=$GH_TOKEN
fi
comments=repos/$GITHUB_REPOSITORY/issues
hint="give the job pull-requests: write; runs for forks cannot have it"

found=$(CELLA_MARKER=$marker gh api --paginate "$comments/$PR_NUMBER/comments?per_page=100" \
  --jq '.[] | select(.user.login == env.IN_COMMENT_AUTHOR and (.body | startswith(env.CELLA_MARKER))) | .id') ||
  warn "the plan was not posted, because the comments could not be read: $hint"
id=${found%%$'\n'*}
if [[ $id =~ ^[0-9]+$ ]]; then
  gh api --silent --method PATCH "$comments/comments/$id" -F body=@"$body" ||
    warn "the comment with the plan could not be updated and shows an older one: $hint"
else
  gh api --silent --method POST "$comments/$PR_NUMBER/comments" -F body=@"$body" ||
    warn "the plan was not posted: $hint"
fi
