package decision

import (
	"cmp"
	"slices"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// wanted is the record of a managed secret once everything about it is
// applied.
func (m *memory) wanted(d secret.DesiredSecret) ledger.Record {
	record := ledger.Record{
		Name: d.Name, Type: d.Type, Scopes: d.Scopes,
		Protect: d.Protect == secret.Protected || d.Protect == secret.ProtectionUnsaid && m.of(d.Name).record.Protect,
	}
	add := func(env secret.Env, value secret.Value) {
		place := ledger.Place{Name: d.Name, Env: env, Type: d.Type, Scopes: d.Scopes}
		record.Fingerprints = append(record.Fingerprints, ledger.EnvFingerprint{
			Env: env, Fingerprint: m.keys.Fingerprint(m.holding.Own.Identity, place, value),
		})
	}
	record.Fingerprints = make([]ledger.EnvFingerprint, 0, 1+len(d.Overrides))
	add("", d.Value)
	for _, override := range d.Overrides {
		add(override.Env, override.Value)
	}
	slices.SortFunc(record.Fingerprints, compareEnvs)
	return record
}

// since adds to the wanted record when the values were applied that stay as
// they are, under whatever key or name of the project that was recorded.
func (m *memory) since(wanted ledger.Record, d secret.DesiredSecret) ledger.Record {
	past := m.of(d.Name)
	if past.recall != recordedApplied {
		return wanted
	}
	for i, entry := range wanted.Fingerprints {
		value := d.Value
		if entry.Env != "" {
			override, _ := d.Override(entry.Env)
			value = override.Value
		}
		wanted.Fingerprints[i].At = m.keys.Since(past.identity, past.record, entry.Env, value)
	}
	return wanted
}

func compareEnvs(a, b ledger.EnvFingerprint) int { return cmp.Compare(a.Env, b.Env) }

// behind says what the ledger has to learn of a managed secret that
// nothing is written to; nil where it knows everything.
func (p *pair) behind() []plan.Code {
	var reasons []plan.Code
	add := func(holds bool, reason plan.Code) {
		if holds {
			reasons = append(reasons, reason)
		}
	}
	past, wanted := p.past.record, p.wanted
	if !p.past.recorded() {
		return []plan.Code{plan.ReasonAdopt}
	}
	previous := slices.ContainsFunc(past.Fingerprints, func(e ledger.EnvFingerprint) bool {
		return e.Fingerprint.Key != p.memory.keys.Current()
	})
	add(p.past.former, plan.ReasonFormerLedger)
	add(p.past.recall > recordedApplied, plan.ReasonConfirm)
	add(previous && !p.past.former, plan.ReasonPreviousKey)
	add(wanted.Protect && !past.Protect, plan.ReasonProtect)
	add(!wanted.Protect && past.Protect, plan.ReasonUnprotect)
	if len(reasons) == 0 {
		add(!past.Same(wanted), plan.ReasonRecordBehind)
	}
	return reasons
}

// announced is the record of a managed secret that is about to be written: it
// owns the secret and everything of it that any record names. A protection
// is lifted at once, and begins when the change is confirmed: what an
// interrupted run created can be deleted by going back to the manifest before.
// What was live before, and not ours, is only being taken over: going back
// leaves it live. So is what may have been cut from the list. A create behind an
// organization's secret of the same name is none: nothing shows a secret of the
// site's own there.
func (m *memory) announced(change plan.Change, wanted ledger.Record) ledger.Record {
	past := m.of(wanted.Name)
	record := wanted
	record.State = ledger.Pending
	if (change.Action != plan.Create || change.Unseen()) && (!past.recorded() || past.recall == recordedTaking) {
		record.State = ledger.Taking
	}
	record.Protect = wanted.Protect && past.record.Protect
	if change.Action == plan.Replace {
		// Half-way through, its type and scopes are one or the other, and
		// where it may be inherited nobody can look.
		record.Scopes = nil
	}
	// Of several for one environment the first stays.
	record.Fingerprints = slices.Concat(wanted.Fingerprints, past.values())
	slices.SortStableFunc(record.Fingerprints, compareEnvs)
	record.Fingerprints = slices.CompactFunc(record.Fingerprints, func(a, b ledger.EnvFingerprint) bool { return a.Env == b.Env })
	return record
}
