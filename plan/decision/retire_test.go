package decision

import (
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

func TestDiffRetires(t *testing.T) {
	a := want("A", "=1", "live=2")
	live := []secret.LiveSecret{have("A", "=?", "live=?")}
	retire := func(how secret.Retirement) []secret.DesiredSecret {
		return []secret.DesiredSecret{{Name: "A", Retire: how}}
	}
	marketing := []past{{project: "marketing", key: "m", records: []memo{did(want("A", "=9"))}}}
	leave := func(in *Input) { in.Desired[0].Secrets, in.Desired[0].Retire = nil, secret.RetireRelease }
	runRemembrances(t, map[string]remembrance{
		"delete": {
			past: []memo{did(a, guarded)}, desired: retire(secret.RetireDelete), live: live,
			lines:  []string{"delete A steps:1"},
			reason: "retire lifts the protection",
		},
		"delete, whatever it is": {
			past: []memo{did(want("A", "=1"))}, desired: retire(secret.RetireDelete), live: []secret.LiveSecret{haveWith(have("A", "=?", "live=?"), composer)},
			lines: []string{
				"delete A steps:1",
				"drift A: its type or scopes were changed on Pantheon, from `type: runtime, scopes: [web]` to `type: composer, scopes: [ic]`; apply deletes it",
			},
			reason: "overrides of others and changes outside were seen by whoever wrote the line",
		},
		"delete, no record": {
			past: []memo{}, desired: retire(secret.RetireDelete), live: live,
			lines:  []string{"delete A steps:1"},
			reason: "it is a word in git",
		},
		"delete, claimed": {
			past: []memo{did(a)}, others: marketing, desired: retire(secret.RetireDelete), live: live,
			lines:  []string{"none A steps:0", "refusal claimed A"},
			reason: "it is another project's too",
		},
		"delete, not live": {
			past: []memo{did(a)}, desired: retire(secret.RetireDelete),
			lines:  []string{"forget A steps:0", "drift A: it was deleted on Pantheon; apply only drops it from what cella remembers"},
			reason: "nothing is left to delete",
		},
		"delete, done": {
			past: []memo{}, desired: retire(secret.RetireDelete),
			lines:  []string{"none A steps:0", "warning retire-without-effect A"},
			reason: "the line can go",
		},
		"delete, only the organization's": {
			past: []memo{}, desired: retire(secret.RetireDelete), live: []secret.LiveSecret{haveWith(have("A", "=?"), inherited)},
			lines:  []string{"none A steps:0", "refusal retire-inherited A"},
			reason: "the organization's could not be put back",
		},
		"delete, without a key": {
			manifest: manifest{project: "storefront"}, desired: retire(secret.RetireDelete), live: live,
			lines:  []string{"none A steps:0", "warning retire-without-key A"},
			reason: "nothing is deleted without a key",
		},
		"release": {
			past: []memo{did(a, guarded)}, others: marketing, desired: retire(secret.RetireRelease), live: live,
			lines:  []string{"release A steps:0"},
			reason: "this is how it is handed over",
		},
		"release, done": {
			past: []memo{}, desired: retire(secret.RetireRelease), live: live,
			lines:  []string{"none A steps:0", "warning retire-without-effect A"},
			reason: "the line can go",
		},
		"owner": {
			past: []memo{did(a, guarded), did(want("B", "=1"))}, live: append(live, have("C", "=?")), change: leave,
			lines: []string{
				"release A steps:0", "forget B steps:0", "ledger remove CELLA_LEDGER__STOREFRONT",
				"drift B: it was deleted on Pantheon; apply only drops it from what cella remembers",
			},
			reason: "everything is released, the ledger goes, and the rest is nobody's business",
		},
		"owner, target": {
			past: []memo{did(a), did(want("B", "=1"))}, live: append(live, have("B", "=?")), change: func(in *Input) {
				leave(in)
				in.Targets = plan.Targets{{Owner: mySite, Secret: "A"}}
			},
			lines:  []string{"release A steps:0", "warning target A"},
			reason: "removing the ledger would release B too",
		},
		"owner, under a former name only": {
			past: []memo{did(want("B", "=1"))}, manifest: manifest{project: "shop", formerly: []string{"storefront"}}.under("k", ""),
			live: []secret.LiveSecret{have("B", "=?")}, change: leave,
			lines:  []string{"release B steps:0", "ledger remove CELLA_LEDGER__STOREFRONT"},
			reason: "former ledgers are left too",
		},
		"owner, interrupted": {
			past: []memo{did(a)}, live: live, change: func(in *Input) {
				leave(in)
				// All is released, and the ledger is still there.
				revision := in.Ledgers[0].Revise(false)
				revision.Drop("A")
				_, in.Ledgers[0].Own, _ = revision.Encode(in.Keys, run, ledger.Origin{})
			},
			lines:  []string{"ledger remove CELLA_LEDGER__STOREFRONT"},
			reason: "the ledger goes last",
		},
		"owner, done": {
			live: live, change: leave,
			lines:  []string{"warning retire-without-effect "},
			reason: "the line can go",
		},
		"owner, without a key": {
			manifest: manifest{project: "storefront"}, live: live, change: leave,
			lines:  []string{"warning retire-without-key "},
			reason: "nothing is known of it",
		},
	})
}

func TestDiffFormerLedgers(t *testing.T) {
	a := want("A", "=1")
	hidden := []secret.LiveSecret{have("A", "=?")}
	renamed := manifest{project: "shop", formerly: []string{"storefront"}}.under("k", "")
	runRemembrances(t, map[string]remembrance{
		"taken over": {
			past: []memo{did(a, guarded)}, manifest: renamed, desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"adopt A default:none/as_applied steps:0", "ledger remove CELLA_LEDGER__STOREFRONT"},
			reason: "its fingerprints count, and move to the new name without a write to the secret",
		},
		"deleted": {
			past: []memo{did(a)}, manifest: renamed, live: hidden,
			lines:  []string{"delete A steps:1", "ledger remove CELLA_LEDGER__STOREFRONT"},
			reason: "a former ledger owns as the present one does",
		},
		"the present ledger does not outweigh it": {
			past: []memo{did(a, pending)}, others: []past{{project: "shop", records: []memo{did(a)}}}, manifest: renamed,
			desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"update A default:update/unverifiable steps:1", "ledger remove CELLA_LEDGER__STOREFRONT"},
			reason: "either may be the later one, so both have to say that the value was applied",
		},
		"target": {
			past: []memo{did(a), did(want("B", "=1"))}, manifest: renamed, desired: []secret.DesiredSecret{a, want("B", "=1")}, live: append(hidden, have("B", "=?")),
			change: func(in *Input) { in.Targets = plan.Targets{{Owner: mySite, Secret: "A"}} },
			lines:  []string{"adopt A default:none/as_applied steps:0", "warning target A"},
			reason: "removing the ledger would lose what it says of B",
		},
		"previous key": {
			past: []memo{did(a)}, manifest: manifest{}.under("n", "k"), desired: []secret.DesiredSecret{a}, live: hidden,
			lines:  []string{"adopt A default:none/as_applied steps:0"},
			reason: "the records are written again, no value is touched",
		},
		"previous key, nothing recorded": {
			past: []memo{did(a)}, manifest: manifest{}.under("n", "k"), change: func(in *Input) {
				revision := in.Ledgers[0].Revise(false)
				revision.Drop("A")
				emptied, _ := encoded(revision.Encode(manifest{}.under("k", "").keys, run, ledger.Origin{}))
				for i := range in.Live[0].Secrets {
					in.Live[0].Secrets[i].Value = secret.Read(emptied[0].Value)
				}
				in.Ledgers[0] = ledger.ReadAll(in.Live[0], in.Project, nil, in.Keys)
			},
			lines:  []string{"ledger rekey CELLA_LEDGER__STOREFRONT"},
			reason: "once the previous key is gone, the ledger would not be readable",
		},
	})
}

// cut damages my-site's own ledger.
func cut(in *Input) { cutLedger(in, "CELLA_LEDGER__STOREFRONT") }

func cutLedger(in *Input, name secret.Name) {
	for i, s := range in.Live[0].Secrets {
		if s.Name == name {
			text := s.Value.Value().Reveal()
			in.Live[0].Secrets[i].Value = secret.Read(secret.NewValue(text[:len(text)-1]))
		}
	}
	in.Ledgers[0] = ledger.ReadAll(in.Live[0], in.Project, nil, in.Keys)
}

func TestDiffUnbelievableLedgers(t *testing.T) {
	a := want("A", "=1")
	live := []secret.LiveSecret{have("A", "=?"), have("B", "=?")}
	both := []memo{did(a), did(want("B", "=1"))}
	reset := func(in *Input) { in.Desired[0].ResetLedger = true }
	runRemembrances(t, map[string]remembrance{
		"damaged": {
			past: both, desired: []secret.DesiredSecret{a}, live: live, change: cut,
			lines: []string{
				"update A default:update/unverifiable steps:1", "warning formerly-ours B", "refusal ledger-damaged ",
			},
			reason: "nothing in it is believed, nothing is deleted, and B is not nobody's either",
		},
		"damaged, and declared in any order": {
			past: both, desired: []secret.DesiredSecret{want("B", "=1"), a}, live: live, change: cut,
			lines: []string{
				"update A default:update/unverifiable steps:1", "update B default:update/unverifiable steps:1", "refusal ledger-damaged ",
			},
			reason: "what the manifest declares is not formerly ours",
		},
		"another key": {
			past: both, manifest: manifest{}.under("n", ""), desired: []secret.DesiredSecret{a}, live: live,
			lines: []string{
				"update A default:update/unverifiable steps:1", "warning formerly-ours B", "refusal ledger-other-key ",
			},
			reason: "a lost key",
		},
		"retire": {
			past: both, manifest: manifest{}.under("n", ""), desired: []secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}, live: live,
			lines:  []string{"none A steps:0", "warning retire-unbelievable A", "warning formerly-ours B", "refusal ledger-other-key "},
			reason: "nothing is deleted while it is not known what is ours",
		},
		"reset": {
			past: both, desired: []secret.DesiredSecret{a}, live: live, change: func(in *Input) { cut(in); reset(in) },
			lines:  []string{"update A default:update/unverifiable steps:1", "forget B steps:0", "ledger reset CELLA_LEDGER__STOREFRONT"},
			reason: "A is as if in no ledger; B is given up and stays live",
		},
		"reset of a whole ledger": {
			past: both, desired: []secret.DesiredSecret{a, want("B", "=1")}, live: live, change: reset,
			lines: []string{
				"none A default:none/as_applied steps:0", "none B default:none/as_applied steps:0", "warning reset-ledger-not-needed ",
			},
			reason: "there is nothing to give up; the line can go",
		},
		"former one damaged": {
			past: both, manifest: manifest{project: "shop", formerly: []string{"storefront"}}.under("n", ""), desired: []secret.DesiredSecret{a}, live: live,
			lines:  []string{"update A default:update/unverifiable steps:1", "warning formerly-ours B", "refusal ledger-other-key "},
			reason: "it may own anything",
		},
		"former one given up": {
			past: both, manifest: manifest{project: "shop", formerly: []string{"storefront"}}.under("n", ""), desired: []secret.DesiredSecret{a}, live: live,
			change: reset,
			lines:  []string{"update A default:update/unverifiable steps:1", "forget B steps:0", "ledger remove CELLA_LEDGER__STOREFRONT"},
			reason: "and removed",
		},
		"retired owner": {
			past: both, live: live, change: func(in *Input) { cut(in); in.Desired[0].Secrets, in.Desired[0].Retire = nil, secret.RetireRelease },
			lines:  []string{"warning formerly-ours A", "warning formerly-ours B", "refusal ledger-damaged "},
			reason: "what is released is not known",
		},
	})
}
