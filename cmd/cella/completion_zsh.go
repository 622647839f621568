package main

import (
	"fmt"
	"strings"
)

// zshCompletion writes the script for zsh. It works from a folder of fpath as
// well as read by source, after compinit.
func zshCompletion(commands []completedCommand) string {
	var b strings.Builder
	b.WriteString("#compdef cella\n# Completion of cella for zsh, from: cella completion zsh\n\n_cella() {\n  local -a commands\n  commands=(\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "    %s\n", quoteShell(escapeFor(":", c.name)+":"+c.summary))
	}
	b.WriteString("  )\n  if ((CURRENT == 2)); then\n    _describe -t commands command commands\n    return\n  fi\n" +
		"  local command=$words[2]\n  shift words\n  ((CURRENT--))\n  case $command in\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %s)\n    _arguments -s", c.name)
		for _, f := range c.flags {
			fmt.Fprintf(&b, " \\\n      %s", zshFlag(f))
		}
		if action := zshOffer(c.arguments); action != "" {
			fmt.Fprintf(&b, " \\\n      %s", quoteShell(zshPosition(c.arguments)+":argument:"+action))
		}
		b.WriteString("\n    ;;\n")
	}
	b.WriteString("  esac\n}\n\n# Read by source it registers itself; from fpath it runs.\n" +
		"if [[ $funcstack[1] == _cella ]]; then\n  _cella \"$@\"\nelse\n  compdef _cella cella\nfi\n")
	return b.String()
}

// zshFlag writes one specification of _arguments. A flag may be repeated, as
// what a second one means is cella's to say.
func zshFlag(f completedFlag) string {
	spec := "[" + escapeFor(`[]:\`, f.usage) + "]"
	equals := ""
	if f.placeholder != "" {
		equals = "="
		spec += ":" + escapeFor(`:\`, f.placeholder) + ":" + zshOffer(f.value)
	}
	if f.shorthand == "" {
		return quoteShell("--" + f.name + equals + spec)
	}
	short := "-" + f.shorthand
	if equals != "" {
		short += "+"
	}
	return fmt.Sprintf("'(-%s --%s)'{%s,--%s%s}%s", f.shorthand, f.name, short, f.name, equals, quoteShell(spec))
}

func zshOffer(o offer) string {
	switch {
	case o.list:
		return "_values -s , word " + strings.Join(o.words, " ")
	case len(o.words) > 0:
		return "(" + strings.Join(o.words, " ") + ")"
	case o.files:
		return "_files"
	}
	return ""
}

// zshPosition says where arguments stand: words in the first place, files in
// any.
func zshPosition(o offer) string {
	if o.files {
		return "*"
	}
	return "1"
}

// quoteShell puts text in single quotes, for bash and zsh.
func quoteShell(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// escapeFor puts a backslash before each of special.
func escapeFor(special, text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
