package ledger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger/chunk"
)

// Mark stands for a site in an organization's ledger: an HMAC over project,
// organization and site, cut to 4 bytes. It says nothing to whoever has no key.
// Of 512 sites that are remembered, another one is taken for one of them once in
// eight million times.
type Mark [4]byte

// Marks are those that may stand for a site: under the current key first, then
// under the previous one. There is none without a key.
func (k Keys) Marks(id Identity, siteID string) []Mark {
	var marks []Mark
	for _, set := range k.Sets() {
		marks = append(marks, Mark(set.MAC(chunk.Sites, chunk.Version, id.Project, id.OwnerID(), strings.ToLower(siteID))[:len(Mark{})]))
	}
	return marks
}

// MaxSites is the most sites that one entry remembers. What an organization
// has travels in the list of each of its sites, so the memory of them is kept
// below 2,800 bytes for each secret.
const MaxSites = 512

// Sites is what an entry of an organization's secret remembers of sites: which
// of them had a secret of their own under its name when the organization got
// it, or when an apply looked last, and which had none. Both are marks, sorted,
// in URL-safe base64 without padding; a site in neither is not known. The zero
// Sites remember nothing.
type Sites struct {
	Own  string `json:"own,omitempty"`
	None string `json:"none,omitempty"`
}

// NewSites remembers at most MaxSites sites: first those that have one of their
// own, then those that have none, in the order of the lists. A site that is in
// several counts once, in the first.
func NewSites(own []Mark, none ...[]Mark) Sites {
	seen, lists := map[Mark]bool{}, [2][]Mark{}
	add := func(to int, marks []Mark) {
		for _, mark := range marks {
			if !seen[mark] && len(seen) < MaxSites {
				seen[mark] = true
				lists[to] = append(lists[to], mark)
			}
		}
	}
	add(0, own)
	for _, marks := range none {
		add(1, marks)
	}
	return Sites{Own: encodeMarks(lists[0]), None: encodeMarks(lists[1])}
}

// Marks returns what is remembered, sorted.
func (s Sites) Marks() (own, none []Mark) {
	own, _ = decodeMarks(s.Own)
	none, _ = decodeMarks(s.None)
	return own, none
}

// Of says whether a site that any of the marks stands for has a secret of its
// own. Known is false where nothing is remembered of it.
func (s Sites) Of(marks ...Mark) (own, known bool) {
	if s == (Sites{}) {
		return false, false
	}
	has, lacks := s.Marks()
	for _, mark := range marks {
		if slices.Contains(has, mark) {
			return true, true
		}
		known = known || slices.Contains(lacks, mark)
	}
	return false, known
}

// With remembers of one site whether it has a secret of its own.
func (s Sites) With(own bool, mark Mark) Sites {
	has, lacks := s.Without(mark).Marks()
	if own {
		return NewSites(append([]Mark{mark}, has...), lacks)
	}
	return NewSites(has, append([]Mark{mark}, lacks...))
}

// Without forgets the sites that the marks stand for.
func (s Sites) Without(marks ...Mark) Sites {
	own, none := s.Marks()
	gone := func(m Mark) bool { return slices.Contains(marks, m) }
	return NewSites(slices.DeleteFunc(own, gone), slices.DeleteFunc(none, gone))
}

func encodeMarks(marks []Mark) string {
	slices.SortFunc(marks, compareMarks)
	var raw []byte
	for _, mark := range marks {
		raw = append(raw, mark[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func compareMarks(a, b Mark) int { return bytes.Compare(a[:], b[:]) }

// decodeMarks reads what encodeMarks wrote, and nothing else.
func decodeMarks(text string) ([]Mark, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw)%len(Mark{}) != 0 {
		return nil, false
	}
	marks := make([]Mark, 0, len(raw)/len(Mark{}))
	for part := range slices.Chunk(raw, len(Mark{})) {
		marks = append(marks, Mark(part))
	}
	return marks, encodeMarks(slices.Compact(slices.Clone(marks))) == text
}

// validate reports why they cannot be written, or nil.
func (s Sites) validate() error {
	own, inOrder := decodeMarks(s.Own)
	none, alsoInOrder := decodeMarks(s.None)
	switch {
	case !inOrder, !alsoInOrder:
		return errors.New("the sites are not marks in order")
	case len(own)+len(none) > MaxSites:
		return errors.New("there are too many sites")
	}
	return nil
}

const ownField, noneField = "own=", "none="

// fields writes both lists as they stand in an entry, each after a space.
func (s Sites) fields() string {
	text := ""
	if s.Own != "" {
		text += " " + ownField + s.Own
	}
	if s.None != "" {
		text += " " + noneField + s.None
	}
	return text
}

// take reads what fields wrote, and returns the fields that follow.
func (s *Sites) take(fields []string) []string {
	for _, list := range []struct {
		field string
		into  *string
	}{{ownField, &s.Own}, {noneField, &s.None}} {
		if len(fields) > 0 && strings.HasPrefix(fields[0], list.field) {
			*list.into = strings.TrimPrefix(fields[0], list.field)
			fields = fields[1:]
		}
	}
	return fields
}
