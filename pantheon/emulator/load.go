package emulator

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/cella-secrets/cella/internal/words"
)

// decodeState reads a state file. Errors name the place and never quote what
// stands there.
func decodeState(data []byte) (State, error) {
	var state State
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&state); err != nil {
		return State{}, describe(data, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return State{}, errors.New("text follows the JSON object")
	}
	return state, nil
}

// describe says where decoding failed without the text that the errors of
// encoding/json may quote.
func describe(data []byte, err error) error {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("%s: not JSON", position(data, syntax.Offset))
	case errors.As(err, &mismatch):
		return fmt.Errorf("%s: %s must be of JSON type %s", position(data, mismatch.Offset), words.Quote(mismatch.Field), mismatch.Type.Kind())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON ends early")
	}
	return errors.New(words.Quote(err.Error())) // an unknown field, by name
}

func position(data []byte, offset int64) string {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

// encodeState is the inverse of decodeState, ready to be read by people.
func encodeState(state State) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(state)
	return buffer.Bytes(), err
}

// newWorld fills a copy of the state in, and checks all that the platform
// would never let come into being. All faults are reported at once. The salt is
// for a state that has none.
func newWorld(state State, salt []byte) (*world, error) {
	w := &world{
		state:         state.clone(),
		salt:          salt,
		accounts:      map[string]*Account{},
		organizations: map[string]*Organization{},
		sites:         map[string]*Site{},
	}
	var faults []error
	for _, step := range []func() []error{w.loadSalt, w.loadAccounts, w.loadOrganizations, w.loadSites, w.loadSecrets} {
		faults = append(faults, step()...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return w, nil
}

func (w *world) loadSalt() []error {
	if w.state.Salt == "" {
		w.state.Salt = hex.EncodeToString(w.salt)
		return nil
	}
	w.salted = true
	salt, err := hex.DecodeString(w.state.Salt)
	if err != nil || len(salt) < 16 {
		return []error{errors.New("salt: must be at least 16 bytes in hex")}
	}
	w.salt = salt
	return nil
}

func (w *world) loadAccounts() (faults []error) {
	if len(w.state.Accounts) == 0 {
		w.state.Accounts = []Account{{Email: DefaultEmail, MachineTokens: []string{DefaultToken}}}
	}
	tokens := map[string]bool{}
	for i := range w.state.Accounts {
		account := &w.state.Accounts[i]
		account.ID = cmp.Or(oneForm(account.ID), DerivedID("account", account.Email))
		where := fmt.Sprintf("accounts[%d]", i)
		if account.Email == "" {
			faults = append(faults, fmt.Errorf("%s: it has no email", where))
		}
		if w.accounts[account.ID] != nil {
			faults = append(faults, fmt.Errorf("%s: its id is taken", where))
		}
		for _, token := range account.MachineTokens {
			if token == "" || tokens[token] {
				faults = append(faults, fmt.Errorf("%s: a machine token is empty or taken", where))
			}
			tokens[token] = true
		}
		w.accounts[account.ID] = account
	}
	return faults
}

func (w *world) loadOrganizations() (faults []error) {
	names := map[string]bool{}
	for i := range w.state.Organizations {
		organization := &w.state.Organizations[i]
		organization.ID = cmp.Or(oneForm(organization.ID), DerivedID("org", organization.Name))
		organization.Label = cmp.Or(organization.Label, organization.Name)
		where := fmt.Sprintf("organizations[%d] %s", i, words.Quote(organization.Name))
		faults = append(faults, identity(where, organization.Name, names[organization.Name], w.organizations[organization.ID] != nil)...)
		faults = append(faults, w.resolveMembers(where, organization.Members)...)
		names[organization.Name], w.organizations[organization.ID] = true, organization
	}
	return faults
}

func (w *world) loadSites() (faults []error) {
	names := map[string]bool{}
	for i := range w.state.Sites {
		site := &w.state.Sites[i]
		site.ID = cmp.Or(oneForm(site.ID), DerivedID("site", site.Name))
		site.Label = cmp.Or(site.Label, site.Name)
		site.Framework = cmp.Or(site.Framework, "drupal8")
		site.Environments = everyEnvironment(site.Environments)
		where := fmt.Sprintf("sites[%d] %s", i, words.Quote(site.Name))
		faults = append(faults, identity(where, site.Name, names[site.Name], w.sites[site.ID] != nil)...)
		faults = append(faults, w.resolveMembers(where, site.Members)...)
		if site.Organization != "" {
			faults = append(faults, w.resolveOrganization(where, &site.Organization)...)
		}
		for j := range site.Supporting {
			faults = append(faults, w.resolveOrganization(where, &site.Supporting[j])...)
		}
		for _, env := range site.Environments {
			if err := checkEnvironment(env); err != nil {
				faults = append(faults, fmt.Errorf("%s: environment %s: %w", where, words.Quote(env), err))
			}
		}
		names[site.Name], w.sites[site.ID] = true, site
	}
	return faults
}

// everyEnvironment adds multidevs to the environments that every site has.
func everyEnvironment(named []string) []string {
	all := []string{"dev", "test", "live"}
	for _, env := range named {
		if !slices.Contains(all, env) {
			all = append(all, env)
		}
	}
	return all
}

func identity(where, name string, nameTaken, idTaken bool) (faults []error) {
	if name == "" || nameTaken {
		faults = append(faults, fmt.Errorf("%s: its name is empty or taken", where))
	}
	if idTaken {
		faults = append(faults, fmt.Errorf("%s: its id is taken", where))
	}
	return faults
}

// resolveMembers replaces emails by account ids.
func (w *world) resolveMembers(where string, members map[string]string) (faults []error) {
	for _, reference := range slices.Sorted(maps.Keys(members)) {
		i := slices.IndexFunc(w.state.Accounts, func(a Account) bool { return a.ID == oneForm(reference) || a.Email == reference })
		if i < 0 {
			faults = append(faults, fmt.Errorf("%s: member %s: there is no such account", where, words.Quote(reference)))
			continue
		}
		given := members[reference]
		delete(members, reference)
		members[w.state.Accounts[i].ID] = given
	}
	return faults
}

// resolveOrganization replaces a name by an id.
func (w *world) resolveOrganization(where string, reference *string) []error {
	i := slices.IndexFunc(w.state.Organizations, func(o Organization) bool { return o.ID == oneForm(*reference) || o.Name == *reference })
	if i < 0 {
		return []error{fmt.Errorf("%s: organization %s: there is no such organization", where, words.Quote(*reference))}
	}
	*reference = w.state.Organizations[i].ID
	return nil
}

func (w *world) loadSecrets() (faults []error) {
	for _, o := range w.owners() {
		for _, name := range slices.Sorted(maps.Keys(o.secrets)) {
			for _, err := range w.loadSecret(o, name) {
				faults = append(faults, fmt.Errorf("%s: secret %s: %w", o, words.Quote(name), err))
			}
		}
	}
	return faults
}

// loadSecret fills the secret in and turns what is hidden into digests.
func (w *world) loadSecret(o owner, name string) (faults []error) {
	held := o.secrets[name]
	if (held.ValueDigest != "" || len(held.OverrideDigests) > 0) && !w.salted {
		return []error{errors.New("it has a digest, but the state has no salt")}
	}
	var err error
	if held.Type, held.Scopes, err = attributes(held.Type, held.Scopes, knownTypes(), knownScopes()); err != nil {
		return []error{err}
	}
	o.secrets[name] = held
	if err := checkName(name, held.Type); err != nil {
		faults = append(faults, err)
	}
	if held.Value != "" || held.ValueDigest == "" {
		if err := checkValue(held.Value); err != nil {
			return append(faults, err)
		}
		w.set(o, name, "", held.Value)
	}
	for _, env := range held.environments() {
		where := "override " + words.Quote(env)
		if err := checkEnvironment(env); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", where, err))
		}
		value, clear := held.Overrides[env]
		if !clear {
			continue
		}
		if err := checkValue(value); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", where, err))
			continue
		}
		w.set(o, name, env, value)
	}
	return faults
}
