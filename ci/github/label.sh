# What tells comments apart. It is sourced, and prints nothing.
# shellcheck shell=bash

# label prints what tells the comment of this manifest and these targets from others
# on the pull request, whether cella is there or not.
label() {
  local path=$IN_FILE targets
  case $path in /*) ;; *) path=$IN_WORKING_DIRECTORY/$path ;; esac
  while [ "$path" != "${path#./}" ]; do path=${path#./}; done
  read -r -d '' -a targets <<<"$IN_TARGET" || true # it ends without a NUL
  if [ -n "$IN_LABEL" ]; then printf %s "$IN_LABEL"; else printf %s "$path${targets[*]:+ ${targets[*]}}"; fi
}
