package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/cella-secrets/cella/secret"
)

// MaxChunkBytes is the largest chunk, with room below secret.MaxValueBytes.
const MaxChunkBytes = 16000

// formatVersion is the version of the text and of everything that is put
// under a MAC. Every later version keeps the form of the first line.
const (
	formatVersion = "1"
	firstWord     = "cella-ledger "
)

// chunk is the content of one secret of a ledger:
//
//	cella-ledger 1
//	serial 7 run 4711 key 0123456789abcdef chunk 2 of 4
//	owner 11111111-2222-3333-4444-555555555555 my-site
//	NAME TYPE SCOPES STATE FINGERPRINTS… MAC     (any number, sorted by name)
//	seal MAC
//
// Lines end with a line feed, the last one with nothing; fields are separated
// by one space. There is one text for one content: nothing nests, nothing is
// optional that could be written in two ways, and a text that would not be
// written exactly so is refused.
type chunk struct {
	header
	records []Record
	macs    []tag // one for each record
	sealed  tag
}

// header is what a chunk says of itself. Chunk numbers count from 1; count is
// a power of two.
type header struct {
	serial    uint64
	run       string
	key       KeyID
	number    int
	count     int
	ownerID   string
	ownerName string
}

// runPattern is the form of run ids.
var runPattern = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,64}$`)

var ownerIDPattern = regexp.MustCompile(`^[0-9a-z][0-9a-z-]{0,63}$`)

// maxOwnerNameBytes bounds the header, and so how much of a chunk it takes.
const maxOwnerNameBytes = 200

func (h header) validate() error {
	switch {
	case h.serial == 0:
		return errors.New("the serial is 0")
	case !runPattern.MatchString(h.run):
		return errors.New("the run id is not 1 to 64 letters, digits and .-_:/")
	case h.count < 1 || h.count > MaxChunks || h.count&(h.count-1) != 0:
		return fmt.Errorf("the number of chunks is not a power of two up to %d", MaxChunks)
	case h.number < 1 || h.number > h.count:
		return errors.New("the chunk's number is not among its chunks")
	case !ownerIDPattern.MatchString(h.ownerID):
		return errors.New("the owner's id is not known")
	case h.ownerName == "" || len(h.ownerName) > maxOwnerNameBytes || strings.ContainsFunc(h.ownerName, unprintable):
		return fmt.Errorf("the owner's name is not 1 to %d printable bytes", maxOwnerNameBytes)
	}
	return nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }

// String returns the lines before the first record.
func (h header) String() string {
	return fmt.Sprintf(firstWord+formatVersion+"\nserial %d run %s key %s chunk %d of %d\nowner %s %s\n",
		h.serial, h.run, h.key, h.number, h.count, h.ownerID, h.ownerName)
}

// class returns which chunk holds name among count chunks, from 0: SHA-256 of
// the name modulo count, of which the last bytes suffice, as count is a power
// of two.
func class(name secret.Name, count int) int {
	sum := sha256.Sum256([]byte(name))
	return (int(sum[sha256.Size-2])<<8 | int(sum[sha256.Size-1])) & (count - 1)
}

// close adds the MACs.
func (c *chunk) close(id Identity, keys keySet) {
	c.macs = make([]tag, len(c.records))
	for i, record := range c.records {
		c.macs[i] = recordMAC(id, keys, record)
	}
	c.sealed = sealOf(id, keys, c.body())
}

// verify returns an error that says what does not verify under keys, or nil.
func (c *chunk) verify(id Identity, keys keySet) error {
	if !c.sealed.equal(sealOf(id, keys, c.body())) {
		return errors.New("was changed outside this project, or is another ledger's: its seal does not verify")
	}
	for i, record := range c.records {
		if !c.macs[i].equal(recordMAC(id, keys, record)) {
			return errors.New("holds a record that does not verify")
		}
	}
	return nil
}

func recordMAC(id Identity, keys keySet, record Record) tag {
	return newTag(keys.record, append(id.context(), record.line(keys.id))...)
}

func sealOf(id Identity, keys keySet, body string) tag {
	return newTag(keys.seal, append(id.context(), body)...)
}

const sealWord = "seal "

// body returns everything that the seal covers: the text without the last
// line.
func (c *chunk) body() string {
	var out strings.Builder
	out.WriteString(c.header.String())
	for i, record := range c.records {
		out.WriteString(record.line(c.key) + " " + c.macs[i].String() + "\n")
	}
	return out.String()
}

// text returns the chunk as it is stored.
func (c *chunk) text() string { return c.body() + sealWord + c.sealed.String() }

// recordBytes returns how much of a chunk under key the record takes.
func recordBytes(record Record, key KeyID) int {
	return len(record.line(key)) + len(" ") + len(tag{}.String()) + len("\n")
}

// overheadBytes returns how much of a chunk its header and seal take.
func overheadBytes(h header) int { return len(h.String()) + len(sealWord) + len(tag{}.String()) }

// errNewer says that the text was written in a later format.
var errNewer = errors.New("was written in a newer format")

// parseChunk reads the text of a chunk and accepts only what text writes.
// Errors continue a sentence that begins with the chunk's name, say which
// line, and quote nothing. errNewer stands for a later format version.
func parseChunk(text string) (chunk, error) {
	if len(text) > MaxChunkBytes {
		return chunk{}, fmt.Errorf("has %d bytes; at most %d are written", len(text), MaxChunkBytes)
	}
	lines := strings.Split(text, "\n")
	version, ok := strings.CutPrefix(lines[0], firstWord)
	switch {
	case ok && newer(version):
		return chunk{}, errNewer
	case !ok || version != formatVersion:
		return chunk{}, errors.New("does not begin like a ledger")
	}
	if len(lines) < 4 {
		return chunk{}, errors.New("is cut short")
	}
	var c chunk
	if c.header, ok = parseHeader(lines[1], lines[2]); !ok {
		return chunk{}, errors.New("has a header that is not one")
	}
	for i, line := range lines[3 : len(lines)-1] {
		if err := c.parseRecord(line); err != nil {
			return chunk{}, fmt.Errorf("line %d %w", i+4, err)
		}
	}
	seal, found := strings.CutPrefix(lines[len(lines)-1], sealWord)
	if c.sealed, ok = parseTag(seal); !ok || !found {
		return chunk{}, errors.New("does not end with a seal")
	}
	if c.text() != text {
		return chunk{}, errors.New("is not written the way cella writes it")
	}
	return c, nil
}

// parseRecord reads one record, which must belong into this chunk and come
// after the one before.
func (c *chunk) parseRecord(line string) error {
	cut := max(strings.LastIndexByte(line, ' '), 0)
	mac, ok := parseTag(strings.TrimPrefix(line[cut:], " "))
	if !ok {
		return errNoRecord
	}
	record, err := parseRecord(line[:cut], c.key)
	if err != nil {
		return err
	}
	if n := len(c.records); n > 0 && c.records[n-1].Name >= record.Name {
		return errors.New("is out of order")
	}
	if class(record.Name, c.count) != c.number-1 {
		return errors.New("belongs into another chunk")
	}
	c.records = append(c.records, record)
	c.macs = append(c.macs, mac)
	return nil
}

func parseHeader(first, second string) (header, bool) {
	fields := strings.Split(first, " ")
	words := []string{"serial", "", "run", "", "key", "", "chunk", "", "of", ""}
	if len(fields) != len(words) {
		return header{}, false
	}
	for i, word := range words {
		if word != "" && fields[i] != word {
			return header{}, false
		}
	}
	h := header{run: fields[3]}
	var serialErr, numberErr, countErr error
	h.serial, serialErr = strconv.ParseUint(fields[1], 10, 64)
	h.number, numberErr = strconv.Atoi(fields[7])
	h.count, countErr = strconv.Atoi(fields[9])
	key, keyOK := parseKeyID(fields[5])
	h.key = key
	rest, ownerOK := strings.CutPrefix(second, "owner ")
	h.ownerID, h.ownerName, _ = strings.Cut(rest, " ")
	ok := keyOK && ownerOK && serialErr == nil && numberErr == nil && countErr == nil && h.validate() == nil
	return h, ok
}

// newer reports whether version is a later one than ours.
func newer(version string) bool {
	number, err := strconv.ParseUint(version, 10, 32)
	return err == nil && number > 1 && strconv.FormatUint(number, 10) == version
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
		if record, err := parseRecord(line[:max(strings.LastIndexByte(line, ' '), 0)], KeyID{1}); err == nil {
			names = append(names, record.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
