package view

// paint colours symbols and headings, where it is on. The codes are those of
// the 16 ANSI colours, which terminals map to readable ones.
type paint struct{ on bool }

const (
	bold    = "\x1b[1m"
	red     = "\x1b[31m"
	green   = "\x1b[32m"
	yellow  = "\x1b[33m"
	magenta = "\x1b[35m"
	cyan    = "\x1b[36m"
	plainly = "\x1b[0m"
)

// colors of the symbols; "=" keeps the terminal's own.
var colors = map[string]string{
	"+": green, "~": yellow, "-/+": magenta, "-": red, "!": red, "?": cyan, "o": green, ">": cyan, "x": cyan,
	"-?": red, ">?": cyan, "x?": cyan,
}

func (p paint) symbol(symbol string) string { return p.with(colors[symbol], symbol) }

func (p paint) heading(words string) string { return p.with(bold, words) }

func (p paint) with(code, words string) string {
	if !p.on || code == "" {
		return words
	}
	return code + words + plainly
}
