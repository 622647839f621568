package merge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/recipients"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// write finishes the result: MAC, conflict markers, line ends, and a last
// check of the whole.
func (m *merging) write(merged outcome, windows bool) error {
	parts := merged.parts
	if m.torn {
		m.tear(parts)
	}
	ours, err := m.finish(decidedText(parts, true), m.primary)
	if err != nil {
		return err
	}
	if m.noKey != nil {
		m.result.Notes = append(m.result.Notes,
			"merged without a key: everything encrypted comes from one side, with that file's checksum (MAC), which was not checked")
	}
	if len(m.result.Conflicts) == 0 {
		m.result.Data = yamltext.JoinLines(ours, windows)
		return m.check(ours)
	}
	theirs := m.decidedForTheirs(parts)
	if theirs == nil && m.noKey != nil {
		return m.noKey
	}
	var text []string
	for _, p := range m.sopsParts(parts, ours, theirs) {
		text = append(text, m.hunk(p)...)
	}
	m.result.Data = yamltext.JoinLines(text, windows)
	return nil
}

// tear makes the sops section a conflict.
func (m *merging) tear(parts []part) {
	i := slices.IndexFunc(parts, func(p part) bool { return p.sops })
	stanzas, err := m.other.stanzas()
	if err != nil {
		return // it was cut before, and can be again
	}
	for _, s := range stanzas {
		if s.Key.Value == sopsfile.SopsKey {
			parts[i].theirs, parts[i].conflict = slices.Concat(s.Lead, s.Body), true
		}
	}
	have, want := recipients.Names(m.ours.Meta.KeyGroups), recipients.Names(m.theirs.Meta.KeyGroups)
	what := "both sides changed the rules of encryption, or how many keys are needed"
	if only, missing := recipients.Without(have, want), recipients.Without(want, have); len(only)+len(missing) > 0 {
		what = fmt.Sprintf("both sides changed the recipients (only ours: %s; only theirs: %s); %s",
			orNone(recipients.Quoted(only)), orNone(recipients.Quoted(missing)), m.remedy(only, missing))
	}
	m.result.Conflicts = append(m.result.Conflicts, Conflict{Path: sopsfile.SopsKey, What: what})
}

// remedy is how the recipients become what both sides wanted: who was removed on
// either does not come back, and gets no data key that he knows.
func (m *merging) remedy(onlyOurs, onlyTheirs []string) string {
	var base []string
	for _, one := range m.bases {
		base = append(base, recipients.Names(one.Meta.KeyGroups)...)
	}
	steps := []string{"keep ours"}
	step := func(change string, names []string) {
		if len(names) == 0 {
			return
		}
		command := "cella keys " + change
		for _, name := range names {
			command += " " + words.KeyArgument(name)
		}
		steps = append(steps, "then run: "+command+problem.FileFlag(m.opts.File))
	}
	step("add", recipients.Without(onlyTheirs, base))
	step("remove", recipients.Without(onlyOurs, recipients.Without(onlyOurs, base)))
	return strings.Join(steps, "; ")
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// finish gives a text its MAC: that of a side which has the same content, so
// that the section does not change without need, else a new one.
func (m *merging) finish(lines []string, by *side) ([]string, error) {
	made, err := sopsfile.ReadLines(lines, schema.EncryptionRules.Rule)
	if err != nil {
		return nil, err
	}
	d := made.Doc
	for _, s := range []*side{m.primary, m.other} {
		sameRule := s.Meta.MACOnlyEncrypted == by.Meta.MACOnlyEncrypted && sameKey(s, by)
		if sameRule && slices.Equal(s.Doc.Covered(s.Meta.MACOnlyEncrypted), d.Covered(s.Meta.MACOnlyEncrypted)) {
			return sopsfile.SetMAC(lines, d, s.Doc.SopsField("mac").Value, s.Doc.SopsField("lastmodified").Value)
		}
	}
	if by.DataKey == nil {
		return nil, m.noKey
	}
	return by.Stamp(made, m.opts.Now)
}

// decidedForTheirs is the text with every conflict decided for theirs, its MAC
// right; nil where that is no file, or has another data key.
func (m *merging) decidedForTheirs(parts []part) []string {
	by := m.primary
	if m.torn {
		by = m.other
	}
	if !sameKey(by, m.primary) {
		return nil
	}
	lines, err := m.finish(decidedText(parts, false), by)
	if err != nil {
		return nil
	}
	return lines
}

// sopsParts puts the finished sops sections into parts. ours and theirs are
// whole texts.
func (m *merging) sopsParts(parts []part, ours, theirs []string) []part {
	var result []part
	var inOurs, inTheirs int // lines before this part
	for _, p := range parts {
		own := p
		if p.sops {
			own.ours = ours[inOurs : inOurs+len(p.ours)]
			own.theirs = own.ours
			if p.conflict {
				own.theirs = p.theirs
			}
			if theirs != nil {
				own.theirs = theirs[inTheirs : inTheirs+len(p.theirs)]
			}
		}
		inOurs, inTheirs = inOurs+len(p.ours), inTheirs+len(p.theirs)
		if p.sops && !p.conflict {
			result = append(result, lineByLine(own)...)
		} else {
			result = append(result, own)
		}
	}
	return result
}

// lineByLine makes conflicts of the lines that differ. Both sides have as many.
func lineByLine(p part) []part {
	var parts []part
	for i := range p.ours {
		differs := p.ours[i] != p.theirs[i]
		if last := len(parts) - 1; last >= 0 && parts[last].conflict == differs {
			parts[last].ours = append(parts[last].ours, p.ours[i])
			parts[last].theirs = append(parts[last].theirs, p.theirs[i])
			continue
		}
		parts = append(parts, part{ours: []string{p.ours[i]}, theirs: []string{p.theirs[i]}, conflict: differs})
	}
	return parts
}

// hunk is a part as lines, with markers where it is a conflict.
func (m *merging) hunk(p part) []string {
	if !p.conflict {
		return p.ours
	}
	mark := func(kind, name string) string {
		return strings.TrimSpace(strings.Repeat(kind, m.opts.MarkerSize) + " " + name)
	}
	return slices.Concat([]string{mark("<", "ours")}, p.ours, []string{mark("=", "")}, p.theirs, []string{mark(">", "theirs")})
}

// check reads the result like any manifest: the MAC has to fit, and what is
// wrong with its meaning is noted.
func (m *merging) check(lines []string) error {
	r := &problem.Reporter{File: m.opts.File}
	file := sopsfile.ReadEncrypted(m.opts.File, yamltext.JoinLines(lines, false), schema.EncryptionRules.Rule, r)
	if r.Failed() {
		return fmt.Errorf("check result: %s", r.Problems[0].Message)
	}
	if m.primary.DataKey != nil {
		file.DataKey = m.primary.DataKey
		if file.Decrypt(r); !file.Verified {
			return errors.New("check result: the file's checksum (MAC) is wrong")
		}
	}
	schema.Interpret(file, r)
	r.Problems.Sort()
	m.result.Problems = r.Problems.Errors(false)
	return nil
}
