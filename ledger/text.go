package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// content is what one chunk says: entries, sorted by name, and the MAC of
// each.
type content struct {
	origin  Origin
	records []Entry
	macs    []chunk.Tag
}

// open reads the chunk for the owner, without verifying anything.
func open(e chunk.Chunk, id Identity) (chunk.Text, content, error) {
	text, err := format.Open(e, id)
	if err != nil {
		return chunk.Text{}, content{}, err
	}
	var c content
	if c.origin, err = parseOrigin(text.Lines[:originLines]); err != nil {
		return chunk.Text{}, content{}, err
	}
	for i, line := range text.Lines[originLines:] {
		if err := c.parse(line, text.Header); err != nil {
			return chunk.Text{}, content{}, fmt.Errorf("line %d %w", i+format.FirstLine()+originLines, err)
		}
	}
	return text, c, nil
}

// verified reads the chunk and verifies it under the key that it names.
func verified(e chunk.Chunk, id Identity, keys Keys) (chunk.Mark, content, error) {
	text, c, err := open(e, id)
	if err != nil {
		return chunk.Mark{}, content{}, err
	}
	set, err := format.Verify(text, id, keys.Keys)
	if err != nil {
		return chunk.Mark{}, content{}, err
	}
	for i, entry := range c.records {
		if !c.macs[i].Equal(entryMAC(id, set, entry)) {
			return chunk.Mark{}, content{}, errors.New("holds a record that does not verify")
		}
	}
	return text.Mark, c, nil
}

// parse reads one entry, which must belong into the chunk and come after the
// one before.
func (c *content) parse(line string, h chunk.Header) error {
	cut := max(strings.LastIndexByte(line, ' '), 0)
	mac, ok := chunk.ParseTag(strings.TrimPrefix(line[cut:], " "))
	if !ok {
		return errNoEntry
	}
	entry, err := parseEntry(line[:cut], h.Key)
	if err != nil {
		return err
	}
	if entryLine(entry, mac, h.Key) != line {
		return chunk.ErrForm
	}
	if n := len(c.records); n > 0 && c.records[n-1].Name >= entry.Name {
		return errors.New("is out of order")
	}
	if chunk.Class(string(entry.Name), h.Count) != h.Number-1 {
		return errors.New("belongs in another chunk")
	}
	c.records = append(c.records, entry)
	c.macs = append(c.macs, mac)
	return nil
}

func entryLine(entry Entry, mac chunk.Tag, key KeyID) string {
	return entry.line(key) + " " + mac.String()
}

// entryBytes returns how much of a chunk under key the entry takes.
func entryBytes(entry Entry, key KeyID) int {
	return len(entry.line(key)) + len(" ") + chunk.TagBytes + len("\n")
}

func entryMAC(id Identity, set chunk.Set, entry Entry) chunk.Tag {
	return set.Tag(chunk.Entries, append(format.Context(id), entry.line(set.ID()))...)
}

// listedNames returns the names that a text seems to list, whatever its key
// and however damaged it is. They are good for a message to people only.
func listedNames(text string) []secret.Name {
	if len(text) > MaxChunkBytes {
		return nil
	}
	var names []secret.Name
	for line := range strings.SplitSeq(text, "\n") {
		// Any key that is not zero will do; none is looked up.
		if entry, err := parseEntry(line[:max(strings.LastIndexByte(line, ' '), 0)], KeyID{1}); err == nil {
			names = append(names, entry.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
