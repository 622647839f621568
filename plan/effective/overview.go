package effective

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
)

// overview writes a table of all secrets, and what its cells have no room for.
func overview(out io.Writer, r Report) {
	rows := [][]string{{"secret", "environments", "gets", "read by"}}
	for _, one := range r.Secrets {
		rows = append(rows, r.rows(one)...)
	}
	table(out, rows)
	r.remarks(out)
}

// rows are those of one secret: one for all environments that get the same, and
// where the same read it. The name stands in the first.
func (r Report) rows(one Secret) [][]string {
	var rows [][]string
	var envs [][]string
	for _, o := range one.Environments {
		gets, readers := winnerWords(o.Winner, o.Contenders), readersWords(o.Readers)
		if o.Winner == nil && len(o.Contenders) == 0 {
			readers = ""
		}
		at := slices.IndexFunc(rows, func(row []string) bool { return row[2] == gets && row[3] == readers })
		if at < 0 {
			at, rows, envs = len(rows), append(rows, []string{"", "", gets, readers}), append(envs, nil)
		}
		envs[at] = append(envs[at], words.Quote(string(o.Env)))
	}
	for i := range rows {
		rows[i][1] = r.among(envs[i])
	}
	rows[0][0] = words.Quote(string(one.Name))
	return rows
}

// everywhere stands for all environments of a report; no environment has spaces in
// its name.
const everywhere = "all of them"

// among names environments.
func (r Report) among(envs []string) string {
	if len(envs) == len(r.Environments) {
		return everywhere
	}
	return strings.Join(envs, ", ")
}

// widest are the columns that a cell may have, but for the third, which takes
// what the others leave.
var widest = []int{28, 16, 0, 20}

// table writes rows in columns; what is longer than its column goes on below. A
// name that is longer has a line of its own.
func table(out io.Writer, rows [][]string) {
	widths := make([]int, len(widest))
	for _, row := range rows {
		for i, cell := range row {
			if width := words.Width(cell); i > 0 || width <= widest[i] {
				widths[i] = max(widths[i], width)
			}
		}
	}
	const gap = 2
	room := textWidth - gap*(len(widths)-1)
	for i, most := range widest {
		if most > 0 {
			widths[i] = min(widths[i], most)
			room -= widths[i]
		}
	}
	widths[2] = min(widths[2], room)
	for _, row := range rows {
		if words.Width(row[0]) > widths[0] {
			fmt.Fprintln(out, row[0])
			row[0] = ""
		}
		cells := make([][]string, len(row))
		for i, cell := range row {
			cells[i] = words.Wrap(cell, widths[i], widths[i])
		}
		for n := 0; slices.ContainsFunc(cells, func(lines []string) bool { return n < len(lines) }); n++ {
			line := ""
			for i, lines := range cells {
				cell := ""
				if n < len(lines) {
					cell = lines[n]
				}
				line += cell + strings.Repeat(" ", max(0, widths[i]-words.Width(cell))+gap)
			}
			fmt.Fprintln(out, strings.TrimRight(line, " "))
		}
	}
}

// remarks writes what the cells have no room for, once for all secrets and
// environments that it is true of.
func (r Report) remarks(out io.Writer) {
	type remark struct{ envs, text string }
	var said []remark
	of := map[remark][]string{}
	for _, one := range r.Secrets {
		var texts []string
		envs := map[string][]string{}
		add := func(o Outcome, text string) {
			if len(envs[text]) == 0 {
				texts = append(texts, text)
			}
			envs[text] = append(envs[text], words.Quote(string(o.Env)))
		}
		for _, o := range one.Environments {
			if o.Now != nil {
				add(o, "until the next apply: "+nowWords(o.Now))
			}
			for _, note := range o.Notes {
				add(o, note.Message+" ["+note.Code+"]")
			}
		}
		for _, text := range texts {
			key := remark{r.among(envs[text]), text}
			if of[key] == nil {
				said = append(said, key)
			}
			of[key] = append(of[key], words.Quote(string(one.Name)))
		}
	}
	for i, one := range said {
		if i == 0 {
			fmt.Fprintln(out)
		}
		where := strings.Join(of[one], ", ")
		if one.envs != everywhere {
			where += " (" + one.envs + ")"
		}
		hang(out, "", 2, where+": "+one.text)
	}
}
