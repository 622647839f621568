#!/usr/bin/env bash
# Ends the job as cella ended, now that the comment is posted. Changes that are
# pending are no failure.
set -euo pipefail

case $EXIT_CODE in
  0) exit 0 ;;
  3) echo "::error title=cella::the plan refuses something, or a secret has expired; the summary says what, and how to allow it" ;;
  6) echo "::error title=cella::credentials are missing or rejected, or there is no key to decrypt with; the log says which" ;;
  *) echo "::error title=cella::the manifest is not valid, what is on Pantheon could not be read, or the plan could not be saved; the log says which" ;;
esac
exit "${EXIT_CODE:-1}"
