package main

import (
	"fmt"
	"strings"
)

// bashCompletion writes the script for bash 3.2, which macOS has, and later.
// It needs nothing of the bash-completion package. Bash splits words at `=`,
// so that a value may be the third of --flag, = and value.
func bashCompletion(commands []completedCommand) string {
	var b strings.Builder
	b.WriteString(bashHead)
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	fmt.Fprintf(&b, "  if ((COMP_CWORD == 1)); then\n    _cella_words '%s --help --version'\n    return\n  fi\n", strings.Join(names, " "))
	b.WriteString("  case ${COMP_WORDS[1]} in\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %s)\n", c.name)
		writeBashFlags(&b, c)
		b.WriteString("    ;;\n")
	}
	b.WriteString("  esac\n}\ncomplete -F _cella cella\n")
	return b.String()
}

const bashHead = `# Completion of cella for bash, from: cella completion bash

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
`

// writeBashFlags writes the branch of one command.
func writeBashFlags(b *strings.Builder, c completedCommand) {
	var all, unknown []string
	var values strings.Builder
	for _, f := range c.flags {
		pattern := "--" + f.name
		if f.shorthand != "" {
			pattern = "-" + f.shorthand + "|" + pattern
		}
		all = append(all, strings.Split(pattern, "|")...)
		words := bashOffer("      ", f.value)
		switch {
		case f.placeholder == "":
		case words == "":
			unknown = append(unknown, pattern)
		default:
			fmt.Fprintf(&values, "    %s)\n%s      return\n      ;;\n", pattern, words)
		}
	}
	if len(unknown) > 0 {
		fmt.Fprintf(&values, "    %s)\n      return\n      ;;\n", strings.Join(unknown, "|"))
	}
	if values.Len() > 0 {
		fmt.Fprintf(b, "    case $flag in\n%s    esac\n", values.String())
	}
	fmt.Fprintf(b, "    if [[ $cur == -* ]]; then\n      _cella_words '%s'\n      return\n    fi\n", strings.Join(all, " "))
	b.WriteString(bashOffer("    ", c.arguments))
}

func bashOffer(indent string, o offer) string {
	switch {
	case o.list:
		return fmt.Sprintf("%s_cella_list '%s'\n", indent, strings.Join(o.words, " "))
	case len(o.words) > 0:
		return fmt.Sprintf("%s_cella_words '%s'\n", indent, strings.Join(o.words, " "))
	case o.files:
		return indent + "_cella_files\n"
	}
	return ""
}
