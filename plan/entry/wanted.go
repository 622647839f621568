package entry

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// Wanted is the entry of a managed secret once everything about it is
// applied.
func (l *Ledgers) Wanted(d secret.DesiredSecret) ledger.Entry {
	entry := ledger.Entry{
		Name: d.Name, Type: d.Type, Scopes: d.Scopes,
		Protect: d.Protect == secret.Protected || d.Protect == secret.ProtectionUnsaid && l.Of(d.Name).Entry.Protect,
	}
	add := func(env secret.Env, value secret.Value) {
		place := ledger.Place{Name: d.Name, Env: env, Type: d.Type, Scopes: d.Scopes}
		entry.Fingerprints = append(entry.Fingerprints, ledger.EnvFingerprint{
			Env: env, Fingerprint: l.Keys.Fingerprint(l.Found.Own.Identity, place, value),
		})
	}
	entry.Fingerprints = make([]ledger.EnvFingerprint, 0, 1+len(d.Overrides))
	add("", d.Value)
	for _, override := range d.Overrides {
		add(override.Env, override.Value)
	}
	slices.SortFunc(entry.Fingerprints, compareEnvs)
	return entry
}

// since adds to the wanted entry when the values were applied that stay as
// they are, under whatever key or name of the project that was recorded.
func (l *Ledgers) since(wanted ledger.Entry, d secret.DesiredSecret) ledger.Entry {
	past := l.Of(d.Name)
	if past.State != Applied {
		return wanted
	}
	for i, made := range wanted.Fingerprints {
		value := d.Value
		if made.Env != "" {
			override, _ := d.Override(made.Env)
			value = override.Value
		}
		wanted.Fingerprints[i].At = l.Keys.Since(past.Identity, past.Entry, made.Env, value)
	}
	return wanted
}

func compareEnvs(a, b ledger.EnvFingerprint) int { return cmp.Compare(a.Env, b.Env) }

// announced is the entry of a managed secret that is about to be written: it
// owns the secret and everything of it that any entry names. A protection
// is lifted at once, and begins when the change is confirmed: what an
// interrupted run created can be deleted by going back to the manifest before.
// What was live before, and not ours, is only being taken over: going back
// leaves it live. So is what may have been cut from the list. A create behind an
// organization's secret of the same name is none: nothing shows a secret of the
// site's own there.
func (l *Ledgers) announced(change plan.Change, wanted ledger.Entry) ledger.Entry {
	past := l.Of(wanted.Name)
	entry := wanted
	entry.State = ledger.Pending
	if (change.Action != plan.Create || change.Unseen()) && (!past.Recorded() || past.State == Taking) {
		entry.State = ledger.Taking
	}
	entry.Protect = wanted.Protect && past.Entry.Protect
	if change.Action == plan.Replace {
		// Half-way through, its type and scopes are one or the other, and
		// where it may be inherited nobody can look.
		entry.Scopes = nil
	}
	// Of several for one environment the first stays.
	entry.Fingerprints = slices.Concat(wanted.Fingerprints, past.Values())
	slices.SortStableFunc(entry.Fingerprints, compareEnvs)
	entry.Fingerprints = slices.CompactFunc(entry.Fingerprints, func(a, b ledger.EnvFingerprint) bool { return a.Env == b.Env })
	return entry
}
