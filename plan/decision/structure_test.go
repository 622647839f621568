package decision

import (
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// undecrypted is the input of somebody who has neither the values nor the key.
func undecrypted(in Input, m manifest) Input {
	in.Desired = slices.Clone(in.Desired)
	for i := range in.Desired {
		in.Desired[i].Secrets = slices.Clone(in.Desired[i].Secrets)
		for j := range in.Desired[i].Secrets {
			s := &in.Desired[i].Secrets[j]
			s.Value, s.Overrides = secret.Value{}, slices.Clone(s.Overrides)
			for k := range s.Overrides {
				s.Overrides[k].Value = secret.Value{}
			}
		}
	}
	in.Ledgers = nil
	for _, live := range in.Live {
		if m.current == "" {
			in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, in.Project, m.formerly, ledger.Keys{}))
		} else {
			in.Ledgers = append(in.Ledgers, ledger.Presume(live, in.Project, m.formerly))
		}
	}
	in.Keys, in.StructureOnly, in.Rewrite = ledger.Keys{}, true, false
	return in
}

// structure runs a scenario without the values.
func structure(in *Input) {
	*in = undecrypted(*in, manifest{current: "k"})
}

// withPresumed are the lines of a plan, with what follows if a ledger verifies.
func withPresumed(p plan.Plan) []string {
	lines := shorthand(p)
	for _, s := range p.IfLedgerVerifies {
		line := "presumed " + string(s.Action) + " " + string(s.Secret)
		if s.Env != "" {
			line += "." + string(s.Env)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestStructureOnly(t *testing.T) {
	t.Parallel()
	protect := func(s *secret.DesiredSecret) { s.Protect = secret.Protected }
	tests := map[string]struct {
		past    []memo
		others  []past
		desired []secret.DesiredSecret
		live    []secret.LiveSecret
		change  func(*Input)
		lines   []string
		reason  string
	}{
		"alike": {past: []memo{did(want("A", "=1", "live=2"))}, desired: []secret.DesiredSecret{want("A", "=9", "live=9")},
			live:   []secret.LiveSecret{have("A", "=1", "live=?")},
			lines:  []string{"none A default:none/unverifiable live:none/unverifiable steps:0"},
			reason: "neither a readable nor a hidden value is compared with anything"},
		"not live": {desired: []secret.DesiredSecret{want("A", "=1", "live=2")},
			lines: []string{"create A default:create/absent live:create/absent steps:2"}, reason: "its name is not there"},
		"override not live": {desired: []secret.DesiredSecret{want("A", "=1", "live=2")}, live: []secret.LiveSecret{have("A", "=1")},
			lines: []string{"update A default:none/unverifiable live:create/absent steps:1"}, reason: "the environment is not there"},
		"other scopes": {desired: []secret.DesiredSecret{want("A", "=1")}, live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines: []string{
				"replace A default:create/unverifiable steps:2", "refusal replace-not-allowed A",
			}, reason: "no ledger records it, and the manifest has no word"},
		"other scopes, allowed": {desired: []secret.DesiredSecret{
			wantWith(want("A", "=1"), func(s *secret.DesiredSecret) { s.Replace = true }),
		}, live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines: []string{"replace A default:create/unverifiable steps:2"}, reason: "the word is in clear"},
		"left": {past: []memo{
			did(want("A", "=1")), did(want("B", "=1")),
		}, desired: []secret.DesiredSecret{want("B", "=1")}, live: []secret.LiveSecret{have("A", "=?"), have("B", "=?")},
			lines:  []string{"none B default:none/unverifiable steps:0", "presumed delete A"},
			reason: "the ledger says that it is ours, and nobody verified that"},
		"left, and not live": {past: []memo{did(want("A", "=1"))},
			lines: []string{
				"drift A: if the key confirms it: it was deleted on Pantheon; apply only drops it from what cella remembers",
				"presumed forget A",
			},
			reason: "what was is the ledger's word too"},
		"left, protected": {past: []memo{did(want("A", "=1"), guarded)}, live: []secret.LiveSecret{have("A", "=?")},
			lines:  []string{"refusal protected A", "presumed delete A"},
			reason: "refused if the ledger verifies; and one that does not is refused as well"},
		"override left": {past: []memo{did(want("A", "=1", "live=1", "test=1"))}, desired: []secret.DesiredSecret{
			wantWith(want("A", "=1"), func(s *secret.DesiredSecret) { s.DropOverrides = []secret.Env{"test"} }),
		}, live: []secret.LiveSecret{have("A", "=?", "live=?", "test=?")},
			lines:  []string{"update A default:none/unverifiable test:delete steps:1", "presumed delete A.live"},
			reason: "one is named in git, the other by the ledger alone"},
		"only an override left": {past: []memo{did(want("A", "=1", "live=1"))}, desired: []secret.DesiredSecret{want("A", "=1")},
			live:  []secret.LiveSecret{have("A", "=?", "live=?")},
			lines: []string{"none A default:none/unverifiable steps:0", "presumed delete A.live"}, reason: "nothing else is to be done"},
		"override of others": {past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{want("A", "=1")},
			live:  []secret.LiveSecret{have("A", "=?", "live=?")},
			lines: []string{"none A default:none/unverifiable steps:0", "unmanaged A.live"}, reason: "the ledger does not have it"},
		"retire: delete": {past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{
			{Name: "A", Retire: secret.RetireDelete}, {Name: "B", Retire: secret.RetireDelete},
		}, live: []secret.LiveSecret{have("A", "=?"), have("B", "=?")},
			lines: []string{
				"none A steps:0", "none B steps:0", "presumed delete A", "presumed delete B",
			}, reason: "neither is deleted where the ledger does not verify"},
		"retire: delete, no ledger": {desired: []secret.DesiredSecret{{Name: "A", Retire: secret.RetireDelete}}, live: []secret.LiveSecret{have("A", "=?")},
			lines: []string{"delete A steps:1"}, reason: "there is nothing to verify, and the word is in clear"},
		"external, recorded": {past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{
			wantWith(want("A"), func(s *secret.DesiredSecret) { s.External = true }),
		}, live: []secret.LiveSecret{have("A", "=?")},
			lines: []string{"none A steps:0", "presumed release A"}, reason: "the ledger would let it go"},
		"scopes changed in git": {past: []memo{
			did(wantWith(want("A", "=1"), asComposer)),
		}, desired: []secret.DesiredSecret{want("A", "=1")}, live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines: []string{"replace A default:create/unverifiable steps:2"}, reason: "it is ours, if the ledger verifies"},
		"protected, in clear": {past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{wantWith(want("A", "=1"), protect)},
			live: []secret.LiveSecret{haveWith(have("A", "=?"), composer)},
			lines: []string{"replace A default:create/unverifiable steps:2",
				"drift A: if the key confirms it: its type or scopes were changed on Pantheon, from `type: runtime, scopes: [web]` to `type: composer, scopes: [ic]`; " +
					"what apply would do about it is refused; the refusal says how to go on",
				"refusal protected A"}, reason: "that needs no key"},
		"damaged": {others: []past{{records: []memo{did(want("A", "=1"))}}}, live: []secret.LiveSecret{have("A", "=?")}, change: func(in *Input) {
			for i, s := range in.Live[0].Secrets {
				if s.Name.Reserved() {
					in.Live[0].Secrets[i].Value = secret.Read(secret.NewValue("junk"))
				}
			}
		}, lines: []string{"unmanaged A", "refusal ledger-damaged "}, reason: "that it is none is seen without a key"},
		"claimed": {others: []past{
			{project: "marketing", key: "m", records: []memo{did(want("A", "=1"))}},
		}, desired: []secret.DesiredSecret{want("A", "=1")}, live: []secret.LiveSecret{have("A", "=?")},
			lines: []string{"none A steps:0", "refusal claimed A"}, reason: "claims are never verified"},
		"reset_ledger": {past: []memo{did(want("A", "=1"))}, desired: []secret.DesiredSecret{want("A", "=1")},
			live: []secret.LiveSecret{have("A", "=?")}, change: func(in *Input) { in.Desired[0].ResetLedger = true },
			lines: []string{
				"none A default:none/unverifiable steps:0", "warning reset-ledger-unknown ",
			}, reason: "whether there is something to reset only the key tells"},
		"owner retired": {past: []memo{did(want("A", "=1"))}, live: []secret.LiveSecret{have("A", "=?")},
			change: func(in *Input) { in.Desired[0].Retire = secret.RetireRelease },
			lines:  []string{"presumed release A", "presumed delete CELLA_LEDGER__STOREFRONT"}, reason: "both are the ledger's word"},
		"left, as a target": {past: []memo{
			did(want("A", "=1")), did(want("B", "=1")),
		}, live: []secret.LiveSecret{have("A", "=?"), have("B", "=?")}, change: func(in *Input) { in.Targets = plan.Targets{{Owner: mySite, Secret: "A"}} },
			lines: []string{"warning target A", "presumed delete A"}, reason: "the rest is left out"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pasts := test.others
			if test.past != nil {
				pasts = append(slices.Clone(pasts), past{records: test.past})
			}
			in := one(test.desired, test.live)
			in.Desired = append(in.Desired, desire(agency, wantWith(want("KEPT"), func(s *secret.DesiredSecret) { s.External = true })))
			in.Live = append(in.Live, living(agency, have("KEPT", "=?")))
			in = remembering(in, manifest{}.under("k", ""), pasts...)
			if test.change != nil {
				test.change(&in)
			}
			structure(&in)
			p := Diff(in)
			if p.Complete || !p.StructureOnly || p.Requests.Secrets != len(in.Live) {
				t.Errorf("complete %v, structure only %v, %d requests", p.Complete, p.StructureOnly, p.Requests.Secrets)
			}
			lines := keep(withPresumed(p), func(line string) bool { return line != "none KEPT steps:0" })
			if diff := gocmp.Diff(test.lines, lines); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", test.reason, diff)
			}
		})
	}
}

// TestOnlyStructureTrustsLedgers: with values, a ledger that nobody verified
// would decide what is deleted.
func TestOnlyStructureTrustsLedgers(t *testing.T) {
	in := remembering(one(nil, []secret.LiveSecret{have("A", "=?")}), manifest{}.under("k", ""), past{records: []memo{did(want("A", "=1"))}})
	keys := in.Keys
	structure(&in)
	in.StructureOnly, in.Keys = false, keys
	if p := Diff(in); len(p.Errors) != 1 || len(p.Changes) > 0 || p.Complete {
		t.Errorf("%v", withPresumed(p))
	}
	if edits := entry.Edits(
		plan.Plan{Changes: []plan.Change{{Owner: mySite, Secret: "A", Action: plan.Delete}}}, in.Desired[0], in.Ledgers[0], keys,
	); len(edits) > 0 {
		t.Errorf("edits: %+v", edits)
	}
}

// TestWhatAPresumedChangeSays: the parts of a change that the lines above do not
// show.
func TestWhatAPresumedChangeSays(t *testing.T) {
	change := func(desired secret.DesiredSecret, record memo, live secret.LiveSecret) plan.Change {
		t.Helper()
		in := remembering(one([]secret.DesiredSecret{desired}, []secret.LiveSecret{live}), manifest{}.under("k", ""), past{records: []memo{record}})
		structure(&in)
		p := Diff(in)
		if len(p.Changes) != 1 {
			t.Fatalf("%v", withPresumed(p))
		}
		return p.Changes[0]
	}
	retired := secret.DesiredSecret{Name: "A", Retire: secret.RetireDelete}
	if c := change(
		retired, did(want("A", "=1")), have("A", "=?"),
	); c.Action != plan.None || c.Type.Before == "" || c.Type.After != c.Type.Before || !c.Scopes.After.Equal(c.Scopes.Before) {
		t.Errorf("what is only presumed to be deleted stays as it is: %+v", c)
	}
	elsewhere := haveWith(have("A", "=?"), composer)
	protect := func(s *secret.DesiredSecret) { s.Protect = secret.Protected }
	allow := func(s *secret.DesiredSecret) { s.Replace = true }
	tests := map[string]struct {
		desired secret.DesiredSecret
		record  memo
		want    bool
		reason  string
	}{
		"the ledger": {want("A", "=1"), did(wantWith(want("A", "=1"), asComposer)), true, "git has no word for it"},
		"git":        {wantWith(want("A", "=1"), allow), did(wantWith(want("A", "=1"), asComposer)), false, "the word is in git"},
		"protected":  {wantWith(want("A", "=1"), protect), did(want("A", "=1")), false, "nothing allows it"},
		"nothing":    {want("A", "=1"), did(want("B", "=1")), false, "nothing allows it"},
	}
	for name, test := range tests {
		c := change(test.desired, test.record, elsewhere)
		if got := slices.Contains(codesOf(c.Reasons), plan.ReasonReplacePresumed); c.Action != plan.Replace || got != test.want {
			t.Errorf("%s: %+v: said that the ledger allows it: %t: %s", name, c, got, test.reason)
		}
	}
}

// TestStructureOnlyResetsLedgers: that a ledger is damaged is seen without the
// key, so that giving it up is planned. What only the former one says is not.
func TestStructureOnlyResetsLedgers(t *testing.T) {
	m := manifest{project: "shop", formerly: []string{"storefront"}}.under("k", "")
	in := one([]secret.DesiredSecret{want("A", "=1")}, []secret.LiveSecret{have("A", "=?"), have("B", "=?")})
	in = remembering(in, m, past{project: "shop", records: []memo{did(want("A", "=1"))}}, past{records: []memo{did(want("B", "=1"))}})
	cutLedger(&in, "CELLA_LEDGER__SHOP")
	in.Desired[0].ResetLedger = true
	want := []string{
		"none A default:none/unverifiable steps:0", "ledger reset CELLA_LEDGER__SHOP", "warning reset-ledger-unknown ",
		"presumed delete B", "presumed delete CELLA_LEDGER__STOREFRONT",
	}
	if diff := gocmp.Diff(want, withPresumed(Diff(undecrypted(in, manifest{current: "k", formerly: m.formerly})))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
