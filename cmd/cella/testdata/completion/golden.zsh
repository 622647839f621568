#compdef cella
# Completion of cella for zsh, from: cella completion zsh

_cella() {
  local -a commands
  commands=(
    'show-all:it'\''s [all]: $(HOME) \ "and" more'
    'bare:nothing'
  )
  if ((CURRENT == 2)); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
  show-all)
    _arguments -s \
      '--format=[the `FORMAT`\: text or json]:FORMAT:(text json)' \
      '(-k --keys)'{-k+,--keys=}'[\[x\]\: it'\''s "\\" $y]:LIST:_values -s , word age pgp' \
      '--out=[a file]:FILE:_files' \
      '(-r --rate)'{-r+,--rate=}'[a number]:NUMBER:' \
      '--url=[a URL]:A[\:B]:' \
      '(-q --quiet)'{-q,--quiet}'[nothing\: at all]' \
      '*:argument:_files'
    ;;
  bare)
    _arguments -s \
      '1:argument:(one two)'
    ;;
  esac
}

# Read by source it registers itself; from fpath it runs.
if [[ $funcstack[1] == _cella ]]; then
  _cella "$@"
else
  compdef _cella cella
fi
