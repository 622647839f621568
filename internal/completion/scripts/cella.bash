# Completion of cella for bash 3.2 and later, from: cella completion bash
# Nothing of the bash-completion package is needed, nor what POSIX mode lacks.
# shellcheck shell=bash

_cella() {
  local words=() rest=${COMP_LINE:0:COMP_POINT} word i
  COMPREPLY=()
  # bash splits words at = and : too. What has no space between is one word.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      words+=("")
    fi
    rest=${rest#"${rest%%[![:space:]]*}"}
    word=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then
      word=$rest
    fi
    words[${#words[@]} - 1]+=$word
    rest=${rest#"$word"}
  done

  # What bash replaces is what stands behind the last of them, or in quotes.
  local current=${words[${#words[@]} - 1]}
  local replaced=$current space=' '
  if [[ $current == *[\"\']* ]]; then
    replaced=${current##*[\"\']}
    space=
  else
    for word in = : @; do
      if [[ $COMP_WORDBREAKS == *"$word"* ]]; then
        replaced=${replaced##*"$word"}
      fi
    done
  fi
  local quoting=$'["\'\\\\]'
  words=("${words[@]//$quoting/}")
  current=${words[${#words[@]} - 1]}
  local kept=${current%"${replaced//\\/}"}

  # bash 3.2 has no compopt: what it would do is done by hand.
  local old=
  type compopt >/dev/null 2>&1 || old=yes
  while IFS= read -r word; do
    case $word in
    :more) [[ $old ]] || compopt -o nospace 2>/dev/null ;;
    :files*)
      [[ $old ]] || compopt -o filenames 2>/dev/null
      i=${word#:files }
      while IFS= read -r rest; do
        word=${current:0:i}$rest
        word=${word#"$kept"}
        if [[ $old && $space ]]; then
          printf -v word %q "$word"
          word=${word/#\\~/\~}
        fi
        if [[ $old && -d ${rest/#\~\//$HOME/} ]]; then
          word+=/
        elif [[ $old ]]; then
          word+=$space
        fi
        if [[ $rest ]]; then
          COMPREPLY+=("$word")
        fi
      done <<<"$(compgen -f -- "${current:i}")"
      ;;
    :*)
      if [[ $old ]] && ((${#COMPREPLY[@]})); then
        COMPREPLY=("${COMPREPLY[@]/%/$space}")
      fi
      ;;
    ?*)
      word=${word%%$'\t'*}
      COMPREPLY+=("${word#"$kept"}")
      ;;
    esac
  done <<<"$(command cella __complete -- "${words[@]:1}" 2>/dev/null)"
}

if type compopt >/dev/null 2>&1; then
  complete -F _cella cella
else
  complete -o nospace -F _cella cella
fi
