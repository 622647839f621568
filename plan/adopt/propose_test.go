package adopt_test

import (
	"strings"
	"testing"

	"github.com/cella-secrets/cella/plan/adopt"
	"github.com/cella-secrets/cella/secret"
)

func value(text string) secret.Value { return secret.NewValue(text) }

func read(text string) secret.Reading { return secret.Read(value(text)) }

// rules: SOPS would encrypt everything below "value", and marketing has CLAIMED.
func rules() adopt.Rules {
	return adopt.Rules{
		Holds: func(name secret.Name) bool { return name != "value" },
		Claimed: func(name secret.Name) string {
			if name == "CLAIMED" {
				return "marketing"
			}
			return ""
		},
	}
}

// live is a readable secret of type runtime, changed by what a case is about.
func live(change func(*secret.LiveSecret)) secret.LiveSecret {
	s := secret.LiveSecret{Name: "A", Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.UserScope, secret.WebScope), Value: read("one")}
	change(&s)
	return s
}

func over(env secret.Env, reading secret.Reading) secret.LiveOverride {
	return secret.LiveOverride{Env: env, Value: reading}
}

func TestPropose(t *testing.T) {
	tests := map[string]struct {
		live      secret.LiveSecret
		fate      adopt.Fate
		overrides int
		note      string
		reason    string
	}{
		"readable": {live(func(*secret.LiveSecret) {}), adopt.Managed, 0, "", "the plan adopts it"},
		"readable override": {live(func(s *secret.LiveSecret) { s.Overrides = []secret.LiveOverride{over("live", read("two"))} }),
			adopt.Managed, 1, "", ""},
		"hidden": {live(func(s *secret.LiveSecret) { s.Value = secret.Hidden() }), adopt.External, 0, "",
			"its value is not known; any other entry would write one"},
		"hidden, readable override": {live(func(s *secret.LiveSecret) {
			s.Value, s.Overrides = secret.Hidden(), []secret.LiveOverride{over("live", read("two")), over("test", secret.Hidden())}
		}), adopt.External, 0, "Pantheon shows its override for live", "an override needs a default value"},
		"readable, hidden override": {live(func(s *secret.LiveSecret) {
			s.Overrides = []secret.LiveOverride{over("dev", read("two")), over("live", secret.Hidden())}
		}), adopt.Managed, 1, "its override for live is hidden and stays as it is", "an unmanaged override is left alone"},
		"odd environment": {live(func(s *secret.LiveSecret) { s.Overrides = []secret.LiveOverride{over("LIVE", read("two"))} }),
			adopt.Managed, 0, "its override for LIVE cannot be declared", "the manifest would be refused"},
		"huge": {live(func(s *secret.LiveSecret) { s.Value = read(strings.Repeat("x", secret.MaxValueBytes+1)) }),
			adopt.External, 0, "cannot be written", "the manifest would be refused"},
		"huge override": {live(func(s *secret.LiveSecret) {
			s.Overrides = []secret.LiveOverride{over("live", read(strings.Repeat("x", secret.MaxValueBytes+1)))}
		}), adopt.Managed, 0, "its override for live cannot be declared", ""},
		"may be inherited": {live(func(s *secret.LiveSecret) { s.Value, s.Presence = secret.Hidden(), secret.MayBeInherited }),
			adopt.LeftOut, 0, "inherited from the organization", "it is rather the organization's"},
		"type file":     {live(func(s *secret.LiveSecret) { s.Type = secret.FileType }), adopt.LeftOut, 0, "cannot declare its type file", ""},
		"unknown type":  {live(func(s *secret.LiveSecret) { s.Type = "a\nb" }), adopt.LeftOut, 0, `its type "a\nb"`, "what is foreign is quoted"},
		"scope ops":     {live(func(s *secret.LiveSecret) { s.Scopes = secret.NewScopes("ops", "user") }), adopt.LeftOut, 0, "cannot declare its scope ops", ""},
		"no scopes":     {live(func(s *secret.LiveSecret) { s.Scopes = nil }), adopt.LeftOut, 0, "it has no scopes", "the defaults would be others"},
		"odd name":      {live(func(s *secret.LiveSecret) { s.Name = "a b" }), adopt.LeftOut, 0, "white space", ""},
		"odd env name":  {live(func(s *secret.LiveSecret) { s.Name, s.Type = "a-b", secret.EnvType }), adopt.LeftOut, 0, "names of type env", ""},
		"reserved word": {live(func(s *secret.LiveSecret) { s.Name = "value" }), adopt.LeftOut, 0, "SOPS uses it itself", ""},
		"claimed": {
			live(func(s *secret.LiveSecret) { s.Name = "CLAIMED" }), adopt.LeftOut, 0, "project marketing manages it",
			"two manifests would overwrite each other",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := adopt.Propose(secret.Live{Secrets: []secret.LiveSecret{test.live}}, rules())
			if len(got) != 1 || got[0].Fate != test.fate || len(got[0].Desired.Overrides) != test.overrides {
				t.Fatalf("got %+v, want fate %d with %d overrides: %s", got, test.fate, test.overrides, test.reason)
			}
			p := got[0]
			if p.Desired.Name != test.live.Name || p.Desired.External != (test.fate == adopt.External) || p.Desired.Value.Known() != (test.fate == adopt.Managed) {
				t.Errorf("the entry is %+v", p.Desired)
			}
			if p.Fate != adopt.LeftOut && (p.Desired.Type != test.live.Type || !p.Desired.Scopes.Equal(test.live.Scopes)) {
				t.Errorf("type and scopes are %s, %s", p.Desired.Type, p.Desired.Scopes)
			}
			if notes := strings.Join(p.Notes, "; "); !strings.Contains(notes, test.note) || test.note == "" && notes != "" {
				t.Errorf("notes = %q, want %q: %s", notes, test.note, test.reason)
			}
		})
	}
}

func TestProposeSaysNothingOfLedgers(t *testing.T) {
	ledger := live(func(s *secret.LiveSecret) { s.Name = "CELLA_LEDGER__X" })
	if got := adopt.Propose(secret.Live{Secrets: []secret.LiveSecret{ledger}}, rules()); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

// entry is a declared secret that equals live, changed by what a case is about.
func entry(change func(*secret.DesiredSecret)) secret.DesiredSecret {
	s := secret.DesiredSecret{Name: "A", Type: secret.RuntimeType, Scopes: secret.NewScopes(secret.UserScope, secret.WebScope), Value: value("one")}
	change(&s)
	return s
}

func TestCompare(t *testing.T) {
	same := func(*secret.DesiredSecret) {}
	asIs := func(*secret.LiveSecret) {}
	hidden := func(s *secret.LiveSecret) { s.Value = secret.Hidden() }
	external := func(s *secret.DesiredSecret) { s.Value, s.External = secret.Value{}, true }
	overridden := func(s *secret.DesiredSecret) {
		s.Overrides = []secret.DesiredOverride{{Env: "live", Value: value("two")}}
	}
	tests := map[string]struct {
		entry func(*secret.DesiredSecret)
		live  func(*secret.LiveSecret)
		want  adopt.Match
		why   string
	}{
		"equal":                     {same, asIs, adopt.Same, ""},
		"external, hidden":          {external, hidden, adopt.Same, ""},
		"external, readable":        {external, asIs, adopt.Differs, "the manifest has it as external"},
		"managed, hidden":           {same, hidden, adopt.Same, ""},
		"managed, hidden, retyped":  {func(s *secret.DesiredSecret) { s.Type = secret.EnvType }, hidden, adopt.Kept, "its type on Pantheon is runtime"},
		"external, hidden, retyped": {func(s *secret.DesiredSecret) { external(s); s.Type = secret.EnvType }, hidden, adopt.Differs, "its type on Pantheon is runtime"},
		"other scopes":              {func(s *secret.DesiredSecret) { s.Scopes = nil }, asIs, adopt.Differs, "its scopes on Pantheon are user, web"},
		"other value":               {func(s *secret.DesiredSecret) { s.Value = value("x") }, asIs, adopt.Differs, "its value on Pantheon is another one"},
		"from elsewhere":            {func(s *secret.DesiredSecret) { s.Value = secret.Value{} }, asIs, adopt.Kept, "from elsewhere"},
		"override from elsewhere": {func(s *secret.DesiredSecret) {
			s.Overrides = []secret.DesiredOverride{{Env: "live", Source: secret.EnvSource("CELLA_VALUE_X")}}
		}, asIs, adopt.Kept, "from elsewhere"},
		"override missing": {overridden, asIs, adopt.Differs, "its override for live is not on Pantheon"},
		"override new": {same, func(s *secret.LiveSecret) { s.Overrides = []secret.LiveOverride{over("live", read("two"))} },
			adopt.Differs, "its override for live is not in the manifest"},
		"override other": {overridden, func(s *secret.LiveSecret) { s.Overrides = []secret.LiveOverride{over("live", read("x"))} },
			adopt.Differs, "its override for live is another one on Pantheon"},
		"override equal":  {overridden, func(s *secret.LiveSecret) { s.Overrides = []secret.LiveOverride{over("live", read("two"))} }, adopt.Same, ""},
		"override hidden": {overridden, func(s *secret.LiveSecret) { s.Overrides = []secret.LiveOverride{over("live", secret.Hidden())} }, adopt.Same, ""},
		"retires":         {func(s *secret.DesiredSecret) { s.Retire = secret.RetireDelete }, asIs, adopt.Kept, "the manifest retires it"},
		"left out":        {func(s *secret.DesiredSecret) { s.Value = value("x") }, func(s *secret.LiveSecret) { s.Type = secret.VCSType }, adopt.Same, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := adopt.Propose(secret.Live{Secrets: []secret.LiveSecret{live(test.live)}}, rules())[0]
			got, why := adopt.Compare(entry(test.entry), p)
			if got != test.want || !strings.Contains(why, test.why) || (why == "") != (test.why == "") {
				t.Errorf("Compare = %d, %q, want %d, %q", got, why, test.want, test.why)
			}
		})
	}
}

func TestReplaceKeepsWhatIsHidden(t *testing.T) {
	old := entry(func(s *secret.DesiredSecret) {
		s.Overrides = []secret.DesiredOverride{{Env: "dev", Value: value("d")}, {Env: "live", Value: value("l")}, {Env: "test", Value: value("t")}}
	})
	p := adopt.Propose(secret.Live{Secrets: []secret.LiveSecret{live(func(s *secret.LiveSecret) {
		s.Overrides = []secret.LiveOverride{over("live", secret.Hidden()), over("test", read("T"))}
	})}}, rules())[0]
	got := p.Replace(old)
	live, _ := got.Override("live")
	test, _ := got.Override("test")
	if len(got.Overrides) != 2 || !live.Value.Equal(value("l")) || !test.Value.Equal(value("T")) {
		t.Errorf("overrides = %d; live kept %v, test taken %v", len(got.Overrides), live.Value.Equal(value("l")), test.Value.Equal(value("T")))
	}
}
