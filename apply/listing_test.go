package apply_test

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

const project = "storefront"

// keysOf derives ledger keys from a key that seed stands for.
func keysOf(t testing.TB, seeds ...string) ledger.Keys {
	t.Helper()
	values := make([]secret.Value, 2)
	for i, seed := range seeds {
		raw := strings.Repeat(seed, ledger.KeyBytes)[:ledger.KeyBytes]
		values[i] = secret.NewValue(base64.StdEncoding.EncodeToString([]byte(raw)))
	}
	keys, err := ledger.DeriveKeys(values[0], values[1])
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// names lists what the owner has of its own, sorted.
func (w *world) names(owner secret.Owner) []secret.Name {
	var names []secret.Name
	for key := range w.secrets {
		if name, found := strings.CutPrefix(key, storedKey(owner, "")); found {
			names = append(names, secret.Name(name))
		}
	}
	slices.Sort(names)
	return names
}

// list shows the world as a listing does. Values come back where people may
// read them, or all of them where revealed is set. Sites show what parent has
// as well.
func (w *world) list(owner, parent secret.Owner, revealed bool) secret.Live {
	live := secret.Live{Owner: owner}
	names := w.names(owner)
	if owner.Kind == secret.Site {
		names = append(names, w.names(parent)...)
		slices.Sort(names)
		names = slices.Compact(names)
	}
	for _, name := range names {
		own, inherited := w.secrets[storedKey(owner, name)], w.secrets[storedKey(parent, name)]
		if owner.Kind != secret.Site {
			inherited = nil
		}
		shown := own
		if shown == nil {
			shown = inherited
		}
		read := func(value secret.Value) secret.Reading {
			if revealed || shown.scopes.Has(secret.UserScope) {
				return secret.Read(value)
			}
			return secret.Hidden()
		}
		one := secret.LiveSecret{Name: name, Type: shown.typ, Scopes: shown.scopes}
		if own != nil {
			one.Value = read(own.value)
			for env, value := range own.overrides {
				one.Overrides = append(one.Overrides, secret.LiveOverride{Env: env, Value: read(value)})
			}
			slices.SortFunc(one.Overrides, func(a, b secret.LiveOverride) int { return cmp.Compare(a.Env, b.Env) })
		}
		switch {
		case inherited == nil:
		case one.Value.Readable():
			one.Shadows = true
		default:
			one.Presence = secret.MayBeInherited
		}
		live.Secrets = append(live.Secrets, one)
	}
	return live
}

// hold reads the owner's ledgers.
func (w *world) hold(owner secret.Owner, keys ledger.Keys, formerly ...string) ledger.Ledgers {
	return ledger.ReadAll(w.list(owner, secret.Owner{}, false), project, formerly, keys)
}

// remember stores a ledger of the project in the world.
func (w *world) remember(t testing.TB, owner secret.Owner, project string, keys ledger.Keys, records ...ledger.Entry) *world {
	t.Helper()
	revision := ledger.ReadAll(w.list(owner, secret.Owner{}, false), project, nil, keys).Own.Revise()
	for _, entry := range records {
		revision.Put(entry)
	}
	writes, _, err := revision.Encode(keys, "before", ledger.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	for _, write := range writes {
		w.secrets[storedKey(owner, write.Name)] = newStored(ledger.Type, ledger.Scopes(), write.Value)
	}
	return w
}

// applied is the record of a secret for web that newJob's manifest was applied
// to, with another value.
func applied(name secret.Name) ledger.Entry {
	return ledger.Entry{Name: name, Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.WebScope)}
}

// remembering adds what the world's ledgers say to an input.
func (w *world) remembering(in apply.Input, keys ledger.Keys, formerly ...string) apply.Input {
	in.Keys, in.Run = keys, "run"
	in.Ledgers = nil
	for _, desired := range in.Desired {
		in.Ledgers = append(in.Ledgers, w.hold(desired.Owner, keys, formerly...))
	}
	return in
}

// records describes the owner's ledger, one word for each name.
func (w *world) records(owner secret.Owner, project string, keys ledger.Keys) string {
	stored := ledger.ReadAll(w.list(owner, secret.Owner{}, false), project, nil, keys).Own
	if stored.Status != ledger.Whole {
		return stored.Status.String()
	}
	words := []string{}
	for _, entry := range stored.Entries {
		words = append(words, string(entry.Name)+"="+entry.State.String())
	}
	return strings.Join(words, " ")
}
