package emulator

import (
	"maps"
	"slices"
)

// State is everything the emulator knows, and the format of its files. A seed
// written by hand needs little:
//
//	{
//	  "organizations": [
//	    {"name": "my-agency", "secrets": {
//	      "MAIL_KEY": {"type": "runtime", "scopes": ["web"], "value": "in clear", "overrides": {"live": "other"}}}}
//	  ],
//	  "sites": [
//	    {"name": "my-site", "organization": "my-agency", "framework": "drupal8", "secrets": {}}
//	  ]
//	}
//
// What a seed may leave out:
//  1. "id" of an account, organization or site: derived from its kind and
//     name, so it is the same every time (DerivedID).
//  2. "accounts": there is then one, whose machine token is DefaultToken.
//  3. "members" of an organization: every account is one. "members" of a
//     site: the members of its organizations are; a site without either is
//     everyone's.
//  4. "type" and "scopes" of a secret: runtime and user, as on Pantheon [doc].
//  5. "environments" of a site: dev, test and live, which every site has;
//     multidevs come on top.
//
// The emulator writes the same format back, with "salt", and with
// "value_digest" and "override_digests" in place of what is hidden.
type State struct {
	// Salt keys the digests, in hex. It is made where it is missing.
	Salt string `json:"salt,omitempty"`
	// RequestsPerSecond is what the secrets service takes from one user: 0
	// stands for 3 [doc], Unlimited for no limit.
	RequestsPerSecond int            `json:"requests_per_second,omitempty"`
	Accounts          []Account      `json:"accounts,omitempty"`
	Organizations     []Organization `json:"organizations,omitempty"`
	Sites             []Site         `json:"sites,omitempty"`
}

// Account is a user who can sign in. The machine tokens open nothing but an
// emulator, so they stay in clear.
type Account struct {
	ID            string   `json:"id,omitempty"`
	Email         string   `json:"email"`
	MachineTokens []string `json:"machine_tokens"`
}

// Organization is an organization and the secrets that its sites inherit.
type Organization struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name"`            // machine name
	Label string `json:"label,omitempty"` // name for people
	// Members maps accounts, by email or id, to their roles. Nil stands for
	// every account; an empty map for none.
	Members map[string]string `json:"members,omitzero"`
	Secrets map[string]Secret `json:"secrets,omitempty"`
}

// Site is a site. Organization (by name or id) owns it, and its secrets reach
// it; those of Supporting organizations never do [doc].
type Site struct {
	ID           string            `json:"id,omitempty"`
	Name         string            `json:"name"`
	Label        string            `json:"label,omitempty"`
	Framework    string            `json:"framework,omitempty"`
	Organization string            `json:"organization,omitempty"`
	Supporting   []string          `json:"supporting,omitempty"`
	Members      map[string]string `json:"members,omitzero"`
	Environments []string          `json:"environments,omitempty"`
	Tags         []string          `json:"tags,omitempty"`
	Secrets      map[string]Secret `json:"secrets,omitempty"`
}

// Secret is one secret: its default value and its overrides by environment.
// Each is present either in clear or, in what the emulator writes, as a digest.
type Secret struct {
	Type            string            `json:"type,omitempty"`
	Scopes          []string          `json:"scopes,omitempty"`
	Value           string            `json:"value,omitempty"`
	Overrides       map[string]string `json:"overrides,omitempty"`
	ValueDigest     string            `json:"value_digest,omitempty"`
	OverrideDigests map[string]string `json:"override_digests,omitempty"`
}

// Unlimited switches the limit of requests per second off.
const Unlimited = -1

// The account of a state without accounts.
const (
	DefaultEmail = "demo@emulator.invalid"
	DefaultToken = "emulator-machine-token"
)

// clone returns a copy that shares nothing with s.
func (s State) clone() State {
	s.Accounts = slices.Clone(s.Accounts)
	for i, account := range s.Accounts {
		s.Accounts[i].MachineTokens = slices.Clone(account.MachineTokens)
	}
	s.Organizations = slices.Clone(s.Organizations)
	for i, organization := range s.Organizations {
		s.Organizations[i].Members = maps.Clone(organization.Members)
		s.Organizations[i].Secrets = cloneSecrets(organization.Secrets)
	}
	s.Sites = slices.Clone(s.Sites)
	for i, site := range s.Sites {
		s.Sites[i].Members = maps.Clone(site.Members)
		s.Sites[i].Supporting = slices.Clone(site.Supporting)
		s.Sites[i].Environments = slices.Clone(site.Environments)
		s.Sites[i].Tags = slices.Clone(site.Tags)
		s.Sites[i].Secrets = cloneSecrets(site.Secrets)
	}
	return s
}

func cloneSecrets(secrets map[string]Secret) map[string]Secret {
	copied := make(map[string]Secret, len(secrets))
	for name, secret := range secrets {
		copied[name] = secret.clone()
	}
	return copied
}

func (s Secret) clone() Secret {
	s.Scopes = slices.Clone(s.Scopes)
	s.Overrides = maps.Clone(s.Overrides)
	s.OverrideDigests = maps.Clone(s.OverrideDigests)
	return s
}

// readable reports whether people may read the values back [doc].
func (s Secret) readable() bool { return slices.Contains(s.Scopes, "user") }

// environments lists the environments with overrides, sorted.
func (s Secret) environments() []string {
	envs := slices.AppendSeq(slices.Collect(maps.Keys(s.Overrides)), maps.Keys(s.OverrideDigests))
	slices.Sort(envs)
	return envs
}
