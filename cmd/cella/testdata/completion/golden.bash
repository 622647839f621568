# Completion of cella for bash, from: cella completion bash

# Offers words that begin with the current one.
_cella_words() {
  local word
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen -W "$1" -- "$cur")
}

# Offers words for the last item of a list with commas.
_cella_list() {
  local word before=${cur%"${cur##*,}"}
  while IFS= read -r word; do
    COMPREPLY+=("$before$word")
  done < <(compgen -W "$1" -- "${cur##*,}")
  compopt -o nospace 2>/dev/null
}

_cella_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen -f -- "$cur")
}

_cella() {
  local cur=${COMP_WORDS[COMP_CWORD]} flag=
  COMPREPLY=()
  ((COMP_CWORD > 1)) && flag=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == = ]]; then
    cur=
  elif [[ $flag == = ]]; then
    flag=${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD == 1)); then
    _cella_words 'show-all bare --help --version'
    return
  fi
  case ${COMP_WORDS[1]} in
  show-all)
    case $flag in
    --format)
      _cella_words 'text json'
      return
      ;;
    -k|--keys)
      _cella_list 'age pgp'
      return
      ;;
    --out)
      _cella_files
      return
      ;;
    -r|--rate|--url)
      return
      ;;
    esac
    if [[ $cur == -* ]]; then
      _cella_words '--format -k --keys --out -r --rate --url -q --quiet'
      return
    fi
    _cella_files
    ;;
  bare)
    if [[ $cur == -* ]]; then
      _cella_words ''
      return
    fi
    _cella_words 'one two'
    ;;
  esac
}
complete -F _cella cella
