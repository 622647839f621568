package decision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan/sentence"
	"github.com/cella-secrets/cella/secret"
)

func TestDrift(t *testing.T) {
	a := want("A", "=1", "live=2")
	type drift struct {
		Env  secret.Env
		What string
	}
	none := []drift(nil)
	for name, c := range map[string]struct {
		past    []func(*ledger.Entry)
		desired []secret.DesiredSecret
		live    []secret.LiveSecret
		want    []drift
		reason  string
	}{
		"nothing": {nil, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=1", "live=?")}, none,
			"as applied, or hidden"},
		"manifest changed": {nil, []secret.DesiredSecret{want("A", "=5", "live=2")}, []secret.LiveSecret{have("A", "=1", "live=?")}, none,
			"what is live is what was applied"},
		"value": {nil, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=9", "live=2")},
			[]drift{{"", "its value was changed on Pantheon; apply writes the manifest's value"}}, ""},
		"value of an override": {nil, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=1", "live=9")},
			[]drift{{"live", "its value was changed on Pantheon; apply writes the manifest's value"}}, ""},
		"value, and the manifest follows": {nil, []secret.DesiredSecret{want("A", "=9", "live=2")}, []secret.LiveSecret{have("A", "=9", "live=2")},
			[]drift{{"", "its value was changed on Pantheon; the manifest agrees, so apply only records it"}}, "changed outside first, then in git"},
		"override gone": {nil, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=1")},
			[]drift{{"live", "this override was removed on Pantheon; apply creates it again"}}, ""},
		"override gone on both sides": {nil, []secret.DesiredSecret{want("A", "=1")}, []secret.LiveSecret{have("A", "=1")},
			[]drift{{"live", "this override was removed on Pantheon; the manifest agrees, so apply only records it"}}, ""},
		"override gone on both sides, default changed": {nil, []secret.DesiredSecret{want("A", "=5")}, []secret.LiveSecret{have("A", "=1")},
			[]drift{{"live", "this override was removed on Pantheon; the manifest agrees, so apply only records it"}}, "nothing is written about the override"},
		"secret gone": {nil, []secret.DesiredSecret{a}, nil,
			[]drift{{"", "it was deleted on Pantheon; apply creates it again"}}, ""},
		"scopes": {nil, []secret.DesiredSecret{a}, []secret.LiveSecret{
			haveWith(have("A", "=1", "live=2"), func(s *secret.LiveSecret) { s.Scopes = secret.NewScopes(secret.ICScope) }),
		},
			[]drift{{"", "its type or scopes were changed on Pantheon, from `type: runtime, scopes: [web]` to `type: runtime, scopes: [ic]`; " +
				"what apply would do about it is refused; the refusal says how to go on"}}, ""},
		"left the manifest": {nil, nil, []secret.LiveSecret{have("A", "=9", "live=2")},
			[]drift{{"", "its value was changed on Pantheon; apply deletes it"}}, "the reviewer may want to look before it is gone"},
		"pending": {[]func(*ledger.Entry){pending}, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=9")}, none,
			"nothing is known of what is there"},
		"may be inherited": {nil, []secret.DesiredSecret{a}, []secret.LiveSecret{haveWith(have("A", "=?"), inherited)}, none,
			"it may be the organization's"},
		"key unknown": {[]func(*ledger.Entry){
			func(r *ledger.Entry) { r.Fingerprints[0].Fingerprint.Key[0]++ },
		}, []secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=9", "live=2")}, none,
			"without the key nobody can tell"},
	} {
		t.Run(name, func(t *testing.T) {
			in := remembering(one(c.desired, c.live), manifest{}.under("k", ""), past{records: []memo{did(a, c.past...)}})
			var got []drift
			for _, d := range Diff(in).Drift {
				if d.Owner != mySite || d.Secret != "A" {
					t.Errorf("drift of %s %s", d.Owner, d.Secret)
				}
				got = append(got, drift{d.Env, sentence.Drift(d)})
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s\n%s", c.reason, diff)
			}
		})
	}
}

func TestDriftUnderThePreviousKey(t *testing.T) {
	a := want("A", "=1")
	in := remembering(one([]secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=9")}), manifest{}.under("n", "k"), past{records: []memo{did(a)}})
	if p := Diff(in); len(p.Drift) != 1 {
		t.Errorf("drift is %v", p.Drift)
	}
	in = remembering(one([]secret.DesiredSecret{a}, []secret.LiveSecret{have("A", "=1")}), manifest{}.under("n", "k"), past{records: []memo{did(a)}})
	if p := Diff(in); len(p.Drift) != 0 {
		t.Errorf("drift is %v", p.Drift)
	}
}
