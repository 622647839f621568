#compdef cella
# Completion of cella for zsh, from: cella completion zsh

_cella() {
  local answer ending
  local -a typed described
  typed=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
  for answer in "${(@f)$(command cella __complete -- "${typed[@]}" 2>/dev/null)}"; do
    case $answer in
      :*) ending=$answer ;;
      *$'\t'*) described+=("${${answer%%$'\t'*}//:/\\:}:${answer#*$'\t'}") ;;
      ?*) described+=("${answer//:/\\:}") ;;
    esac
  done
  case $ending in
    :files*) compset -p ${ending#:files } && _files ;;
    :more) _describe cella described -S '' ;;
    :*) _describe cella described ;;
  esac
}

# Read by source it registers itself; from a folder of fpath it runs.
if [[ $funcstack[1] == _cella ]]; then
  _cella "$@"
else
  compdef _cella cella
fi
