package main

import (
	"cmp"
	"fmt"
	"strings"
)

// fishCompletion writes the script for fish 3 and later.
func fishCompletion(commands []completedCommand) string {
	var b strings.Builder
	b.WriteString(`# Completion of cella for fish, from: cella completion fish

# Succeeds where the command is the one named, or with no name where it is
# still to be typed.
function __cella_at
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end

# Prints the words behind what the list under the cursor holds already.
function __cella_list
    set -l before (commandline -t | string replace -r '^--[^=]*=' '' | string match -r '.*,')
    printf '%s\n' "$before"$argv
end

complete -c cella -e
complete -c cella -f
complete -c cella -n __cella_at -s h -l help -d 'list the commands'
complete -c cella -n __cella_at -l version -d 'print the version'
`)
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c cella -n __cella_at -a %s -d %s\n", c.name, quoteFish(c.summary))
	}
	for _, c := range commands {
		at := fmt.Sprintf("\ncomplete -c cella -n '__cella_at %s'", c.name)
		for _, f := range c.flags {
			b.WriteString(at)
			if f.shorthand != "" {
				b.WriteString(" -s " + f.shorthand)
			}
			fmt.Fprintf(&b, " -l %s", f.name)
			if f.placeholder != "" {
				b.WriteString(cmp.Or(fishOffer(f.value), " -x"))
			}
			fmt.Fprintf(&b, " -d %s", quoteFish(f.usage))
		}
		if arguments := fishOffer(c.arguments); arguments != "" {
			b.WriteString(at + arguments)
		}
	}
	b.WriteString("\n")
	return b.String()
}

// fishOffer writes the options for what may stand in one place: -x is for no
// files, -r -F for files.
func fishOffer(o offer) string {
	switch {
	case o.list:
		return " -x -a '(__cella_list " + strings.Join(o.words, " ") + ")'"
	case len(o.words) > 0:
		return " -x -a " + quoteFish(strings.Join(o.words, " "))
	case o.files:
		return " -r -F"
	}
	return ""
}

func quoteFish(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
