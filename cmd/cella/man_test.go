package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/pflag"

	"github.com/cella-secrets/cella/internal/forge"
)

// manPage is the reference in the language of man pages, roff. It has no date and
// no version: what generates it twice gets the same.
func manPage() string {
	var page strings.Builder
	page.WriteString(".\\\" Written by `go test ./cmd/cella -run TestCommandReference -update` from the commands and flags themselves.\n" +
		".TH CELLA 1 \"\" cella \"cella manual\"\n.SH NAME\ncella \\- keep Pantheon secrets in git\n" +
		".SH SYNOPSIS\n\\fBcella\\fR \\fICOMMAND\\fR [flags]\n.SH DESCRIPTION\n")
	page.WriteString(roff("cella compares a manifest in git with what is on Pantheon, and applies the difference.\n"+
		"Flags come after the command, and in any order. The result goes to stdout, everything else to stderr.\n"+
		"`cella help COMMAND` prints what stands here.") + ".SH COMMANDS\n")
	for _, c := range commands() {
		writeManCommand(&page, c)
	}
	page.WriteString(".SH \"EXIT STATUS\"\n")
	for _, code := range slices.Sorted(slices.Values(exitOrder)) {
		term(&page, fmt.Sprint(code), strings.ReplaceAll(exitMeanings[code], `\|`, "|"))
	}
	page.WriteString(".PP\n" + roff(exitSentence()) + ".SH ENVIRONMENT\n")
	for _, v := range ownVariables {
		term(&page, v.name, v.meaning)
	}
	page.WriteString(".PP\n" + roff("These tell `cella apply` that a run is for a pull request, where it writes nothing:"))
	for _, event := range forge.PullRequestEvents() {
		term(&page, event.Variable, "set by "+event.Service+" to "+eventValues(event))
	}
	page.WriteString(".PP\n" + roff("SOPS and Go read more. Of these matter most:"))
	for _, v := range libraryVariables {
		term(&page, v.name, v.meaning)
	}
	page.WriteString(".SH \"SEE ALSO\"\n\\fBgit\\fR(1), \\fBsops\\fR(1), \\fBage\\fR(1)\n")
	return page.String()
}

func writeManCommand(page *strings.Builder, c command) {
	flags := flagsOf(c)
	usage := `.SS "cella ` + c.name
	if flags.HasFlags() {
		usage += " [flags]"
	}
	if c.argument != "" {
		usage += " " + c.argument
	}
	page.WriteString(roffText(usage) + "\"\n" + roff(c.summary+".\n\n"+c.about))
	flags.VisitAll(func(f *pflag.Flag) {
		argument, meaning := pflag.UnquoteUsage(f)
		word := "--" + f.Name
		if f.Shorthand != "" {
			word = "-" + f.Shorthand + ", " + word
		}
		if !slices.Contains([]string{"", "false", "0", "[]"}, f.DefValue) {
			meaning += " (default " + f.DefValue + ")"
		}
		term(page, strings.TrimSpace(word+" "+argument), meaning)
	})
	page.WriteString(".PP\nExample:\n.PP\n.RS 4\n.nf\n")
	for _, example := range c.examples {
		page.WriteString(roffLine(example) + "\n")
	}
	page.WriteString(".fi\n.RE\n")
}

// term writes a word and, indented below it, what it means.
func term(page *strings.Builder, word, meaning string) {
	page.WriteString(".TP\n.B \"" + roffText(word) + "\"\n" + roff(meaning))
}

// roff is text as roff: an empty line begins a paragraph, a line with four spaces
// before it stays as it is, and what stands between backquotes is bold.
func roff(text string) string {
	var out strings.Builder
	kept := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		keep := strings.HasPrefix(line, "    ")
		if keep && !kept {
			out.WriteString(".nf\n")
		}
		if kept && !keep {
			out.WriteString(".fi\n")
		}
		if kept = keep; line == "" {
			out.WriteString(".PP\n")
			continue
		}
		out.WriteString(inBackquotes.ReplaceAllString(roffLine(line), `\fB$1\fR`) + "\n")
	}
	if kept {
		out.WriteString(".fi\n")
	}
	return out.String()
}

var inBackquotes = regexp.MustCompile("`([^`]*)`")

// roffLine is a line that roff takes for no request.
func roffLine(line string) string {
	line = roffText(line)
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// roffText keeps backslashes, hyphens that are typed, and what is not ASCII, as they are.
func roffText(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			out.WriteString(`\e`)
		case r == '-':
			out.WriteString(`\-`)
		case r > unicode.MaxASCII:
			fmt.Fprintf(&out, `\[u%04X]`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// TestRoff: what roff would take for a request or an escape stays text.
func TestRoff(t *testing.T) {
	for text, want := range map[string]string{
		"one\ntwo":                  "one\ntwo\n",
		"run `cella plan --out F`.": "run \\fBcella plan \\-\\-out F\\fR.\n",
		".sops.yaml says":           "\\&.sops.yaml says\n",
		"'quoted'":                  "\\&'quoted'\n",
		`a\nb`:                      "a\\enb\n",
		"dev → live":                "dev \\[u2192] live\n",
		"load it:\n\n    a\n    b":  "load it:\n.PP\n.nf\n    a\n    b\n.fi\n",
	} {
		if got := roff(text); got != want {
			t.Errorf("roff(%q) = %q, not %q", text, got, want)
		}
	}
}
