package schema

import (
	"cmp"
	"slices"
	"strings"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/internal/source"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile/keyring"
	"github.com/cella-secrets/cella/secret"
)

// defaultMaxDeletePercent is the brake of a manifest that sets none.
const defaultMaxDeletePercent = 30

// Policy is the manifest's policy, defaults filled in.
type Policy struct {
	Unmanaged        secret.UnmanagedPolicy
	MaxDeletePercent int
	// Projects are the other projects expected on these owners; nil where the
	// manifest has no such list, so that any may be there.
	Projects []string
	// MovedFrom is where the manifest was before, with a path; zero where it
	// says nothing of it.
	MovedFrom source.Source
	// ResetRecord gives up a record that is missing or cannot be believed.
	ResetRecord bool
	// TokenExpires is the day from which the token that signs in is no longer
	// good; zero where nobody said.
	TokenExpires civil.Date
}

// Manifest is a manifest without errors.
type Manifest struct {
	File string
	// SHA256 is the lower-case hex digest of the file as it is in git.
	SHA256  string
	Project string
	// Formerly are earlier names of the project.
	Formerly []string
	Policy   Policy
	// Record is the owner on which the project's record stands: the one that
	// record names, or the only one that there is. It is none where there is
	// neither. Its id is known where the manifest gives it. Whether there is a
	// record at all, Keyed says.
	Record secret.Owner
	// Decrypted: the values that stand in the file are known, and the MAC of
	// an encrypted file was checked.
	Decrypted bool
	// Encrypted is false for a file that was never encrypted, which has no MAC.
	Encrypted bool
	// NoKey says why the values are not known, where they were to be decrypted
	// if possible.
	NoKey *keyring.Error
	// Keyed: it has a fingerprint_key, whether or not its value is known.
	Keyed bool
	// FingerprintKey and PreviousFingerprintKey are base64 of 32 bytes, unknown
	// where the manifest has none.
	FingerprintKey, PreviousFingerprintKey secret.Value

	// Files and Variables are what values came from that do not stand in the
	// manifest, sorted by name, each once.
	Files     []ValueFile
	Variables []Variable
	// UnseenVariables and UnseenFiles count the values that come from there and
	// were not looked at, the latter for want of a key.
	UnseenVariables, UnseenFiles int

	projectAt        problem.Place
	tokenExpires     problem.Place
	key, previousKey *valueField
	defaults         defaults
	owners           []*owner
}

func newManifest(file string) *Manifest {
	return &Manifest{
		File:   file,
		Policy: Policy{Unmanaged: secret.ReportUnmanaged, MaxDeletePercent: defaultMaxDeletePercent},
	}
}

// release lets go of the document, which is several times the size of what it
// means.
func (m *Manifest) release() {
	m.key, m.previousKey = nil, nil
	for _, o := range m.owners {
		for _, e := range o.secrets {
			*e = entry{DesiredSecret: e.DesiredSecret, dated: e.dated}
		}
	}
}

// Unresolved returns the owners whose id has to be looked up, sorted: sites
// without id, and organizations given by machine name.
func (m *Manifest) Unresolved() []secret.Owner {
	return slices.DeleteFunc(m.Owners(), func(o secret.Owner) bool { return o.ID != "" })
}

// Owners returns every owner that the manifest names, sorted, with the id
// where the manifest gives one.
func (m *Manifest) Owners() []secret.Owner {
	owners := make([]secret.Owner, len(m.owners))
	for i, o := range m.owners {
		owners[i] = o.Owner
	}
	slices.SortFunc(owners, secret.Owner.Compare)
	return owners
}

// Compile returns what each owner is to have, sorted by owner. ids has the ids
// of the owners that Unresolved returned, under those owners; one that it
// lacks (not looked up, or not found) has none in the result either. It is a
// problem when two owners turn out to have one id.
//
// Where values are not known (see Decrypted), they are zero.
func (m *Manifest) Compile(ids map[secret.Owner]string) ([]secret.Desired, problem.List) {
	r := &problem.Reporter{File: m.File}
	var owners []*owner
	var desired []secret.Desired
	for _, declared := range m.owners {
		o := *declared
		if o.ID == "" {
			o.ID = strings.ToLower(ids[o.Owner])
		}
		owners = append(owners, &o)
		desired = append(desired, o.desired(m.Policy))
	}
	checkIDs(r, owners)
	if r.Failed() {
		r.Problems.Sort()
		return nil, r.Problems
	}
	slices.SortFunc(desired, func(a, b secret.Desired) int { return a.Owner.Compare(b.Owner) })
	return desired, nil
}

func (o *owner) desired(policy Policy) secret.Desired {
	d := secret.Desired{
		Owner: o.Owner, Pos: o.pos, MaxDeletePercent: policy.MaxDeletePercent,
		Retire: o.retire, ResetLedger: o.resetLedger,
	}
	if o.retire != "" {
		return d
	}
	if o.percent != nil {
		d.MaxDeletePercent = *o.percent
	}
	for _, e := range o.secrets {
		d.Secrets = append(d.Secrets, e.desired())
	}
	slices.SortFunc(d.Secrets, func(a, b secret.DesiredSecret) int { return cmp.Compare(a.Name, b.Name) })
	return d
}

// desired is the secret as the manifest asks for it: of one that retires,
// nothing but its name and how.
func (e *entry) desired() secret.DesiredSecret {
	if e.Retire == "" {
		return e.DesiredSecret
	}
	return secret.DesiredSecret{Name: e.Name, Pos: e.Pos, Description: e.Description, Retire: e.Retire}
}
