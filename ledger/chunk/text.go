package chunk

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// MaxBytes is the largest chunk, with room below secret.MaxValueBytes.
const MaxBytes = 16000

// Version is the version of the text and of everything that is put under a
// MAC. Every later version keeps the form of the first line.
const Version = "1"

// Format is one kind of text. Each chunk of it reads:
//
//	WORD 1
//	serial 7 run 4711 key 0123456789abcdef chunk 2 of 4
//	owner 11111111-2222-3333-4444-555555555555 my-site
//	beside DIGEST                              (where the format is Linked)
//	LINES…                                     (the kind's own)
//	seal MAC
//
// Lines end with a line feed, the last one with nothing; fields are separated
// by one space. There is one text for one content: nothing nests, nothing is
// optional that could be written in two ways, and a text that would not be
// written exactly so is refused. The kind sees to that for its own lines.
type Format struct {
	// Word begins every chunk.
	Word string
	// Noun is what messages call the text.
	Noun string
	// The names differ by kind of owner because a site's listing shows what it
	// inherits from its organization: an organization's text is never a
	// site's.
	SitePrefix, OrganizationPrefix string
	// Linked: every chunk says which others speak with it once it is written,
	// so that the one that was written last vouches for all. Then a chunk that
	// was put back is noticed, as long as not all of them were; and where two
	// applies at once mix their chunks, the text is damaged.
	Linked bool
	// MinLines is the number of own lines that every chunk has.
	MinLines int
	// HeadBytes is how much the own lines that every chunk has may take at
	// most, line feeds included.
	HeadBytes int
}

// Header is what a chunk says of itself. Chunk numbers count from 1; Count is
// a power of two. No two writes have one Serial, but where two applies ran at
// once.
type Header struct {
	Serial    uint64
	Run       string
	Key       KeyID
	Number    int
	Count     int
	OwnerID   string
	OwnerName string
	beside    Tag // the zero Tag where the format is not Linked
}

// maxRunBytes bounds run ids.
const maxRunBytes = 64

var runPattern = regexp.MustCompile(`^[A-Za-z0-9._:/-]{1,` + strconv.Itoa(maxRunBytes) + `}$`)

// maxIDBytes bounds the ids of owners.
const maxIDBytes = 64

var ownerIDPattern = regexp.MustCompile(`^[0-9a-z][0-9a-z-]{0,` + strconv.Itoa(maxIDBytes-1) + `}$`)

// maxOwnerNameBytes bounds the header, and so how much of a chunk it takes.
const maxOwnerNameBytes = 200

func (h Header) validate() error {
	switch {
	case h.Serial == 0:
		return errors.New("the serial is 0")
	case !runPattern.MatchString(h.Run):
		return errors.New("the run id is not 1 to 64 letters, digits and .-_:/")
	case h.Count < 1 || h.Count > MaxCount || h.Count&(h.Count-1) != 0:
		return fmt.Errorf("the number of chunks is not a power of two up to %d", MaxCount)
	case h.Number < 1 || h.Number > h.Count:
		return errors.New("the chunk's number is not among its chunks")
	}
	return ValidOwner(h.OwnerID, h.OwnerName)
}

// ValidOwner reports why an owner's id and name cannot be written, or nil.
func ValidOwner(id, name string) error {
	switch {
	case !ownerIDPattern.MatchString(id):
		return errors.New("the id of the site or organization is not known")
	case name == "" || len(name) > maxOwnerNameBytes || !Printable(name):
		return fmt.Errorf("the name of the site or organization is not 1 to %d printable bytes", maxOwnerNameBytes)
	}
	return nil
}

// MaxOwnerBytes is the longest text of an owner: kind, id and name.
const MaxOwnerBytes = len("organization ") + maxIDBytes + len(" ") + maxOwnerNameBytes

// Printable reports whether text is UTF-8 that fits on one line.
func Printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
}

// Head returns the lines before the kind's own.
func (f Format) Head(h Header) string {
	lines := fmt.Sprintf("%s "+Version+"\nserial %d run %s key %s chunk %d of %d\nowner %s %s\n",
		f.Word, h.Serial, h.Run, h.Key, h.Number, h.Count, h.OwnerID, h.OwnerName)
	if f.Linked {
		lines += besideWord + h.beside.String() + "\n"
	}
	return lines
}

const besideWord = "beside "

// FirstLine is the number of the first of a chunk's own lines, for messages.
func (f Format) FirstLine() int {
	if f.Linked {
		return 5
	}
	return 4
}

// Room returns how much of a chunk is left for lines beside those that every
// chunk has. The widest ones are reserved, so that how many chunks are needed
// depends on no run, serial or name of an owner.
func (f Format) Room() int {
	widest := Header{
		Serial: math.MaxUint64, Run: strings.Repeat("r", maxRunBytes), Number: MaxCount, Count: MaxCount,
		OwnerID: strings.Repeat("i", maxIDBytes), OwnerName: strings.Repeat("n", maxOwnerNameBytes),
	}
	return MaxBytes - len(f.Head(widest)) - f.HeadBytes - len(macWord) - TagBytes
}

// Class returns which chunk holds name among count chunks, from 0: SHA-256 of
// the name modulo count, of which the last bytes suffice, as count is a power
// of two.
func Class(name string, count int) int {
	sum := sha256.Sum256([]byte(name))
	return (int(sum[sha256.Size-2])<<8 | int(sum[sha256.Size-1])) & (count - 1)
}

// Fit returns the least power of two, from count up, for which fits holds.
func Fit(count int, fits func(count int) bool) (int, bool) {
	for ; count <= MaxCount; count *= 2 {
		if fits(count) {
			return count, true
		}
	}
	return 0, false
}

// macWord is the word of the format; it stands in what is stored.
const macWord = "seal "

// Text is one chunk, read as far as all kinds have it in common.
type Text struct {
	Mark
	// Lines are the kind's own, at least its MinLines.
	Lines []string
	body  string // what the MAC covers
}

// Mark is what is known of a chunk without its lines.
type Mark struct {
	Header
	mac Tag
}

// print returns the text of a chunk.
func (f Format) print(id Identity, set Set, h Header, lines []string) (string, Mark) {
	var out strings.Builder
	out.WriteString(f.Head(h))
	for _, line := range lines {
		out.WriteString(line + "\n")
	}
	mac := f.mac(id, set, out.String())
	return out.String() + macWord + mac.String(), Mark{h, mac}
}

func (f Format) mac(id Identity, set Set, body string) Tag {
	return set.Tag(wholeChunks, append(f.Context(id), body)...)
}

var (
	errNewer    = errors.New("was written in a newer format")
	errOtherKey = errors.New("is under another fingerprint key")

	// ErrForm and ErrHeader are for a kind's own lines too: for any that is
	// not in canonical form, and for those that every chunk has.
	ErrForm   = errors.New("is not written the way cella writes it")
	ErrHeader = errors.New("has a header that cella does not write")
)

// parse reads the text of a chunk. Errors continue a sentence that begins with
// the chunk's name, say which line, and quote nothing.
func (f Format) parse(text string) (Text, error) {
	if len(text) > MaxBytes {
		return Text{}, fmt.Errorf("has %d bytes; at most %d are written", len(text), MaxBytes)
	}
	lines := strings.Split(text, "\n")
	version, ok := strings.CutPrefix(lines[0], f.Word+" ")
	switch {
	case ok && newer(version):
		return Text{}, errNewer
	case !ok || version != Version:
		return Text{}, fmt.Errorf("does not begin like a %s", f.Noun)
	}
	if len(lines) < f.FirstLine()+f.MinLines {
		return Text{}, errors.New("is cut short")
	}
	var t Text
	if t.Header, ok = parseHeader(lines[1], lines[2]); !ok {
		return Text{}, ErrHeader
	}
	if f.Linked {
		beside, found := strings.CutPrefix(lines[3], besideWord)
		if t.beside, ok = ParseTag(beside); !ok || !found {
			return Text{}, ErrHeader
		}
	}
	last := lines[len(lines)-1]
	mac, found := strings.CutPrefix(last, macWord)
	if t.mac, ok = ParseTag(mac); !ok || !found {
		return Text{}, errors.New("does not end with its checksum (MAC)")
	}
	if !strings.HasPrefix(text, f.Head(t.Header)) || t.mac.String() != mac {
		return Text{}, ErrForm
	}
	t.Lines, t.body = lines[f.FirstLine()-1:len(lines)-1], strings.TrimSuffix(text, last)
	return t, nil
}

func parseHeader(first, second string) (Header, bool) {
	fields, ok := Fields(first, "serial", "", "run", "", "key", "", "chunk", "", "of", "")
	if !ok {
		return Header{}, false
	}
	h := Header{Run: fields[1]}
	var serialErr, numberErr, countErr error
	h.Serial, serialErr = strconv.ParseUint(fields[0], 10, 64)
	h.Number, numberErr = strconv.Atoi(fields[3])
	h.Count, countErr = strconv.Atoi(fields[4])
	key, keyOK := ParseKeyID(fields[2])
	h.Key = key
	rest, ownerOK := strings.CutPrefix(second, "owner ")
	h.OwnerID, h.OwnerName, _ = strings.Cut(rest, " ")
	ok = keyOK && ownerOK && serialErr == nil && numberErr == nil && countErr == nil && h.validate() == nil
	return h, ok
}

// Fields parts a line that must have these words at these places; the fields
// where the word is empty are returned. The last one takes the rest of the
// line, spaces included.
func Fields(line string, words ...string) ([]string, bool) {
	parts := strings.SplitN(line, " ", len(words))
	if len(parts) != len(words) {
		return nil, false
	}
	var fields []string
	for i, word := range words {
		switch {
		case word == "":
			fields = append(fields, parts[i])
		case word != parts[i]:
			return nil, false
		}
	}
	return fields, true
}

// newer reports whether version is a later one than ours.
func newer(version string) bool {
	number, err := strconv.ParseUint(version, 10, 32)
	return err == nil && number > 1 && strconv.FormatUint(number, 10) == version
}

// Open reads the chunk that an entry holds, without verifying it. Overrides of
// the secret are not looked at: cella writes none and reads none. Errors
// continue a sentence that begins with its name.
func (f Format) Open(e Chunk, id Identity) (Text, error) {
	switch {
	case e.Live.Presence != secret.Own:
		return Text{}, errors.New("cannot be told from a secret of the organization with the same name")
	case e.Live.Type != Type || !e.Live.Scopes.Equal(Scopes()):
		return Text{}, fmt.Errorf("has type %s and scopes %s, not type %s and scope %s",
			words.Quote(string(e.Live.Type)), e.Live.Scopes, Type, Scopes())
	case !e.Live.Value.Readable():
		return Text{}, errors.New("is hidden, although its scope lets people read it")
	}
	t, err := f.parse(e.Text())
	switch {
	case err != nil:
		return Text{}, err
	case t.Number != e.number:
		return Text{}, fmt.Errorf("holds another chunk of the %s", f.Noun)
	case t.OwnerID != id.OwnerID():
		return Text{}, errors.New("was written for another site or organization")
	}
	return t, nil
}

// Verify verifies the MAC and returns the keys that the chunk is under.
func (f Format) Verify(t Text, id Identity, keys Keys) (Set, error) {
	set, known := keys.Set(t.Key)
	if !known {
		return Set{}, fmt.Errorf("%w (key id %s)", errOtherKey, t.Key)
	}
	if !t.mac.Equal(f.mac(id, set, t.body)) {
		return Set{}, fmt.Errorf("was changed outside this project, or is another %s's: its checksum (MAC) is wrong", f.Noun)
	}
	return set, nil
}
