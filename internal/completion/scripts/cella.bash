# Completion of cella for bash 3.2 and later, from: cella completion bash
# Nothing of the bash-completion package is needed.
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
  local replaced=$current
  if [[ $current == *[\"\']* ]]; then
    replaced=${current##*[\"\']}
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

  while IFS= read -r word; do
    case $word in
    :more) compopt -o nospace 2>/dev/null ;;
    :files*)
      compopt -o filenames 2>/dev/null
      i=${word#:files }
      while IFS= read -r word; do
        word=${current:0:i}$word
        COMPREPLY+=("${word#"$kept"}")
      done < <(compgen -f -- "${current:i}")
      ;;
    :*) ;;
    *)
      word=${word%%$'\t'*}
      COMPREPLY+=("${word#"$kept"}")
      ;;
    esac
  done < <(command cella __complete -- "${words[@]:1}" 2>/dev/null)
}

complete -F _cella cella
