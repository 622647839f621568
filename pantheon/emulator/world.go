package emulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

// kind says what owns a secret, in the words of the command line.
type kind string

const (
	siteKind         kind = "site"
	organizationKind kind = "org"
)

// owner points into a world: one site or organization and its secrets.
type owner struct {
	kind    kind
	id      string
	name    string
	secrets map[string]Secret
}

func (o owner) String() string { return string(o.kind) + ":" + words.Quote(o.name) }

// world is a State in which nothing is left out, every reference is an id,
// every hidden value is a digest, and every owner has a map of secrets.
type world struct {
	state         State
	salt          []byte
	salted        bool // the salt came with the state, so digests may have too
	accounts      map[string]*Account
	organizations map[string]*Organization
	sites         map[string]*Site
}

// DerivedID is the id that an account ("account", by email), an organization
// ("org", by machine name) or a site ("site", by name) gets when a state names
// none.
func DerivedID(kind, name string) string {
	sum := sha256.Sum256([]byte("cella emulator\x00" + kind + "\x00" + name))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of one's own
	sum[8] = sum[8]&0x3f | 0x80
	digits := hex.EncodeToString(sum[:16])
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

// oneForm returns a UUID in lower case, and any other id as it is: clients may
// write them in either case.
func oneForm(id string) string {
	if lower, ok := secret.ParseID(id); ok {
		return lower
	}
	return id
}

// site and organization return the owner with the id; false where none has it.
func (w *world) site(id string) (owner, bool) {
	site, found := w.sites[id]
	if !found {
		return owner{}, false
	}
	return owner{kind: siteKind, id: site.ID, name: site.Name, secrets: site.Secrets}, true
}

func (w *world) organization(id string) (owner, bool) {
	organization, found := w.organizations[id]
	if !found {
		return owner{}, false
	}
	return owner{kind: organizationKind, id: organization.ID, name: organization.Name, secrets: organization.Secrets}, true
}

func (w *world) owner(k kind, id string) (owner, bool) {
	if k == siteKind {
		return w.site(id)
	}
	return w.organization(id)
}

// siteNamed returns the site with the name.
func (w *world) siteNamed(name string) (*Site, bool) {
	i := slices.IndexFunc(w.state.Sites, func(s Site) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return &w.state.Sites[i], true
}

// organizationRole and siteRole return what the account is there; false where
// it is no member. The rules for absent members are those of State.
func (w *world) organizationRole(organization *Organization, account string) (string, bool) {
	return role(organization.Members, account)
}

func (w *world) siteRole(site *Site, account string) (string, bool) {
	direct, member := w.directSiteRole(site, account)
	if member {
		return direct, true
	}
	for _, id := range append([]string{site.Organization}, site.Supporting...) {
		if organization, found := w.organizations[id]; found {
			if inherited, member := w.organizationRole(organization, account); member {
				return inherited, true
			}
		}
	}
	return "", false
}

// directSiteRole leaves memberships through organizations out.
func (w *world) directSiteRole(site *Site, account string) (string, bool) {
	if site.Members == nil && (site.Organization != "" || len(site.Supporting) > 0) {
		return "", false
	}
	return role(site.Members, account)
}

func role(members map[string]string, account string) (string, bool) {
	if members == nil {
		return "admin", true
	}
	found, member := members[account]
	return found, member
}

// member reports whether the account may use the owner.
func (w *world) member(o owner, account string) bool {
	var member bool
	if o.kind == siteKind {
		_, member = w.siteRole(w.sites[o.id], account)
	} else {
		_, member = w.organizationRole(w.organizations[o.id], account)
	}
	return member
}

// set keeps a value of the owner's secret: in clear where it is readable, as a
// digest elsewhere. Env "" is the default value. The secret must exist.
func (w *world) set(o owner, name, env, value string) {
	kept := o.secrets[name].clone()
	kept.drop(env)
	clear, digest := value, ""
	if !kept.readable() {
		clear, digest = "", w.digest(o, name, env, value)
	}
	switch {
	case env == "":
		kept.Value, kept.ValueDigest = clear, digest
	case digest == "":
		kept.Overrides = with(kept.Overrides, env, clear)
	default:
		kept.OverrideDigests = with(kept.OverrideDigests, env, digest)
	}
	o.secrets[name] = kept
}

// drop forgets a value; env "" is the default.
func (s *Secret) drop(env string) {
	if env == "" {
		s.Value, s.ValueDigest = "", ""
		return
	}
	s.Overrides = without(s.Overrides, env)
	s.OverrideDigests = without(s.OverrideDigests, env)
}

// without returns nil for an empty map: states that hold the same are equal.
func without(values map[string]string, key string) map[string]string {
	delete(values, key)
	if len(values) == 0 {
		return nil
	}
	return values
}

func with(values map[string]string, key, value string) map[string]string {
	if values == nil {
		values = map[string]string{}
	}
	values[key] = value
	return values
}

func (w *world) digest(o owner, name, env, value string) string {
	return digest(w.salt, string(o.kind), o.id, name, env, value)
}

// Digest returns what the state holds in the place of a hidden value, of a
// "site" or an "org" with the id; env is empty for the default value. It is
// HMAC-SHA-256 under the state's salt over where the value belongs and the
// value, each length-prefixed, so equal values have unequal digests. The salt
// lies beside the digests: they resist a look, not a guess at a weak value.
func (s State) Digest(kind, id, name, env, value string) (string, error) {
	salt, err := hex.DecodeString(s.Salt)
	if err != nil {
		return "", errors.New("the salt is not hex")
	}
	return digest(salt, kind, id, name, env, value), nil
}

func digest(salt []byte, parts ...string) string {
	mac := hmac.New(sha256.New, salt)
	for _, part := range parts {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// newSalt returns 32 random bytes.
func newSalt() []byte {
	salt := make([]byte, sha256.Size)
	_, _ = rand.Read(salt) // never fails, by its documentation
	return salt
}

// owners lists all owners in the order of the state, organizations first.
func (w *world) owners() []owner {
	var all []owner
	for _, o := range w.state.Organizations {
		all = append(all, owner{kind: organizationKind, id: o.ID, name: o.Name, secrets: o.Secrets})
	}
	for _, s := range w.state.Sites {
		all = append(all, owner{kind: siteKind, id: s.ID, name: s.Name, secrets: s.Secrets})
	}
	return all
}
