package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/cella-secrets/cella/ledger/chunk"
	"github.com/cella-secrets/cella/secret"
)

// Origin says where a ledger's last writing came from. Every part may be
// unknown. It is no reason to write a ledger.
type Origin struct {
	// Record is the serial that the project's record had then, 0 where there
	// was none; Home is where that record was.
	Record uint64
	Home   secret.Owner
	// Commit is what was checked out: 40 or 64 lower-case hex digits, or empty.
	// CommitTime is when its committer says it was made; unknown without a
	// Commit.
	Commit     string
	CommitTime time.Time
	// Actor is the login of who applied; never a name or an e-mail address.
	Actor string
	// Time is when it was applied.
	//
	// Both times are whole seconds in UTC; the zero Time is unknown.
	Time time.Time
}

// maxLoginBytes bounds the header.
const maxLoginBytes = 100

var (
	commitPattern = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	loginPattern  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.\[\]-]{0,` + strconv.Itoa(maxLoginBytes-1) + `}$`)
)

// Login returns text where an Origin can have it as its Actor, else nothing:
// an e-mail address, say, is not for everybody who can read the list.
func Login(text string) string {
	if !loginPattern.MatchString(text) {
		return ""
	}
	return text
}

// WithoutRecord is what o says beside the project's record.
func (o Origin) WithoutRecord() Origin {
	o.Record, o.Home = 0, secret.Owner{}
	return o.normal()
}

// normal returns o in the form that is written: ids in lower case, times as
// whole seconds in UTC, and unknown where they are out of range.
func (o Origin) normal() Origin {
	o.Home.ID = strings.ToLower(o.Home.ID)
	o.CommitTime, o.Time = moment(seconds(o.CommitTime)), moment(seconds(o.Time))
	if o.Commit == "" {
		o.CommitTime = time.Time{}
	}
	return o
}

// validate reports why o, which is normal, cannot be written, or nil.
func (o Origin) validate() error {
	switch home := o.Home; {
	case home == (secret.Owner{}) && o.Record != 0:
		return errors.New("the project's record has a serial and no home")
	case home != (secret.Owner{}) && home.Kind != secret.Organization && home.Kind != secret.Site:
		return errors.New("the home of the project's record is neither a site nor an organization")
	case home != (secret.Owner{}) && chunk.ValidOwner(home.ID, home.Name) != nil:
		return fmt.Errorf("the home of the project's record: %w", chunk.ValidOwner(home.ID, home.Name))
	case o.Commit != "" && !commitPattern.MatchString(o.Commit):
		return errors.New("the commit is not 40 or 64 hex digits")
	case o.Actor != "" && !loginPattern.MatchString(o.Actor):
		return errors.New("the actor is not a login")
	}
	return nil
}

// unknown stands for what is not known, so that every field has a text.
const unknown = "-"

// lines writes the origin, which is normal:
//
//	record SERIAL home KIND ID NAME|-
//	commit COMMIT|- SECONDS actor LOGIN|- at SECONDS
func (o Origin) lines() []string {
	home := unknown
	if o.Home != (secret.Owner{}) {
		home = o.Home.Kind.String() + " " + o.Home.ID + " " + o.Home.Name
	}
	return []string{fmt.Sprintf("record %d home %s", o.Record, home), o.CommitLine()}
}

// CommitLine writes what an origin says beside the project's record: what was
// applied, by whom and when.
//
//	commit COMMIT|- SECONDS actor LOGIN|- at SECONDS
func (o Origin) CommitLine() string {
	o = o.normal()
	return fmt.Sprintf("commit %s %d actor %s at %d", cmp.Or(o.Commit, unknown), seconds(o.CommitTime), cmp.Or(o.Actor, unknown), seconds(o.Time))
}

// originLines is the number of lines that an origin takes, originBytes the
// most that they can be.
const (
	originLines = 2
	originBytes = len("record 18446744073709551615 home \n") + chunk.MaxOwnerBytes + len("\n") + MaxCommitLine
)

// MaxCommitLine is the most that a CommitLine can be, in bytes.
const MaxCommitLine = len("commit  78364164095 actor  at 78364164095") + 64 + maxLoginBytes

// parseOrigin reads what lines wrote, and nothing else.
func parseOrigin(lines []string) (Origin, error) {
	o, err := ParseCommitLine(lines[1])
	if err != nil {
		return Origin{}, err
	}
	record, ok := chunk.Fields(lines[0], "record", "", "home", "")
	if !ok {
		return Origin{}, chunk.ErrHeader
	}
	if o.Record, err = strconv.ParseUint(record[0], 10, 64); err != nil {
		return Origin{}, chunk.ErrHeader
	}
	if record[1] != unknown {
		kind, owner, _ := strings.Cut(record[1], " ")
		if o.Home.Kind.UnmarshalText([]byte(kind)) != nil {
			return Origin{}, chunk.ErrHeader
		}
		o.Home.ID, o.Home.Name, _ = strings.Cut(owner, " ")
	}
	if o.validate() != nil {
		return Origin{}, chunk.ErrHeader
	}
	if o.normal().lines()[0] != lines[0] {
		return Origin{}, chunk.ErrForm
	}
	return o, nil
}

// ParseCommitLine reads what CommitLine wrote, and nothing else.
func ParseCommitLine(line string) (Origin, error) {
	fields, ok := chunk.Fields(line, "commit", "", "", "actor", "", "at", "")
	if !ok {
		return Origin{}, chunk.ErrHeader
	}
	known := func(text string) string {
		if text == unknown {
			return ""
		}
		return text
	}
	made, wrong := strconv.ParseInt(fields[1], 10, 64)
	at, err := strconv.ParseInt(fields[3], 10, 64)
	o := Origin{Commit: known(fields[0]), Actor: known(fields[2]), CommitTime: moment(made), Time: moment(at)}
	if errors.Join(wrong, err, o.validate()) != nil {
		return Origin{}, chunk.ErrHeader
	}
	if o.CommitLine() != line {
		return Origin{}, chunk.ErrForm
	}
	return o, nil
}
