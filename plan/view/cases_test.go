package view_test

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"cloud.google.com/go/civil"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

var (
	agency = secret.Owner{Kind: secret.Organization, Name: "my-agency", ID: "aaaaaaaa-2222-3333-4444-555555555555"}
	mySite = secret.Owner{Kind: secret.Site, Name: "my-site", ID: "11111111-2222-3333-4444-555555555555"}
	torn   = secret.Owner{Kind: secret.Site, Name: "torn-site", ID: "99999999-2222-3333-4444-555555555555"}

	web = secret.NewScopes(secret.WebScope)
	ic  = secret.NewScopes(secret.ICScope)
)

// hidden in place of a live value.
const hidden = ""

func want(name, value string, overrides ...string) secret.DesiredSecret {
	s := secret.DesiredSecret{Name: secret.Name(name), Type: secret.RuntimeType, Scopes: web, Value: secret.NewValue("canary " + value)}
	for _, override := range overrides {
		env, value, _ := strings.Cut(override, "=")
		s.Overrides = append(s.Overrides, secret.DesiredOverride{Env: secret.Env(env), Value: secret.NewValue("canary " + value)})
	}
	return s
}

func have(name, value string, overrides ...string) secret.LiveSecret {
	s := secret.LiveSecret{Name: secret.Name(name), Type: secret.RuntimeType, Scopes: web, Value: read(value)}
	for _, override := range overrides {
		env, value, _ := strings.Cut(override, "=")
		s.Overrides = append(s.Overrides, secret.LiveOverride{Env: secret.Env(env), Value: read(value)})
	}
	return s
}

func read(value string) secret.Reading {
	if value == hidden {
		return secret.Hidden()
	}
	return secret.Read(secret.NewValue("canary " + value))
}

func external(name string) secret.DesiredSecret {
	return secret.DesiredSecret{Name: secret.Name(name), Type: secret.EnvType, Scopes: ic, External: true}
}

func replaceable(s secret.DesiredSecret) secret.DesiredSecret {
	s.Replace = true
	return s
}

func dropping(s secret.DesiredSecret, envs ...secret.Env) secret.DesiredSecret {
	s.DropOverrides = envs
	return s
}

func with(s secret.LiveSecret, typ secret.Type, scopes secret.Scopes) secret.LiveSecret {
	s.Type, s.Scopes = typ, scopes
	return s
}

func inherited(s secret.LiveSecret) secret.LiveSecret {
	s.Presence = secret.MayBeInherited
	return s
}

// input is a plan of one site.
func input(desired []secret.DesiredSecret, live []secret.LiveSecret) decision.Input {
	return decision.Input{
		CellaVersion: "1.2.3", Project: "storefront",
		Inputs:  []plan.InputDigest{{File: "secrets.yaml", SHA256: strings.Repeat("0a", 32)}},
		Desired: []secret.Desired{{Owner: mySite, Secrets: desired, MaxDeletePercent: 30}},
		Live:    []secret.Live{{Owner: mySite, Secrets: live}},
	}
}

// cases are the plans that golden files show, by file name.
func cases() map[string]plan.Plan {
	all := map[string]plan.Plan{
		"nothing declared": decision.Diff(decision.Input{CellaVersion: "1.2.3", Project: "storefront"}),
		"no changes": decision.Diff(input(
			[]secret.DesiredSecret{want("A", "1", "live=2"), external("ACF_PRO_KEY")},
			[]secret.LiveSecret{have("A", "1", "live=2"), with(have("ACF_PRO_KEY", hidden), secret.EnvType, ic)})),
		"untouched": decision.Diff(input(
			[]secret.DesiredSecret{want("A", "1"), want("B", "2", "dev=3"), want("C", "4", "dev=5"), want("D", "6")},
			[]secret.LiveSecret{have("A", "1", "live=2"), have("B", hidden, "dev=3", "live=2", "test=2"), have("C", "4", "dev=4", "live=2"), have("D", "7", "live=8")})),
		"everything":    decision.Diff(everything()),
		"refusals":      decision.Diff(refusals()),
		"hostile names": hostile(),
		"elsewhere":     decision.Diff(elsewhere()),
		"unprovable":    decision.Diff(unprovable()),
		"many owners":   decision.Diff(manyOwners()),
		"external only": decision.Diff(input([]secret.DesiredSecret{external("ACF_PRO_KEY")}, nil)),
		"inherited": decision.Diff(input([]secret.DesiredSecret{want("A", "1", "live=2"), external("B")},
			[]secret.LiveSecret{inherited(have("A", hidden)), inherited(have("B", hidden))})),
		"drift": {
			Complete: true,
			Drift:    []plan.Drift{{Owner: mySite, Secret: "A", Env: "live", Code: plan.DriftMissing, Facts: plan.Facts{Action: plan.Create}}},
			Warnings: []plan.Warning{{Code: plan.CodeResetNotNeeded, Owner: mySite}},
		},
		"ledger only": {
			Complete: true,
			Ledgers:  []plan.LedgerChange{{Owner: mySite, Ledger: "CELLA_LEDGER__STOREFRONT", Action: plan.RekeyLedger, Reason: plan.ReasonLedgerRekey}},
		},
		"unseen": {Changes: []plan.Change{{Owner: mySite, Secret: "A", Action: plan.None, Default: plan.None, Value: plan.Equal}}},
	}
	forbidden := input(nil, []secret.LiveSecret{have("STRAY", "1")})
	forbidden.Policy.Unmanaged = secret.ForbidUnmanaged
	all["forbidden"] = decision.Diff(forbidden)
	for name, target := range map[string]plan.Target{
		"target owner":  {Owner: agency},
		"target secret": {Owner: mySite, Secret: "RESCOPED"},
		"target quiet":  {Owner: mySite, Secret: "QUIET"},
	} {
		in := everything()
		in.Targets = plan.Targets{target}
		all[name] = decision.Diff(in)
	}
	failed := everything()
	failed.Live = failed.Live[:1]
	failed.Failed = []plan.OwnerError{
		{Code: plan.CodeRequestFailed, Owner: mySite, Detail: "list secrets of site:my-site: 503 after 9 attempts"},
		{Code: plan.CodeRequestFailed, Owner: torn, Detail: "look up site:torn-site: no such site"},
	}
	all["failures"] = decision.Diff(failed)
	failed.Live, failed.Desired = nil, failed.Desired[1:2]
	failed.Failed = failed.Failed[:1]
	all["nothing read"] = decision.Diff(failed)
	all["shadows"], all["shadows unknown"] = decision.Diff(shadowing("FEE_KEY")), decision.Diff(shadowing("FEE_KEY", "MAIL_KEY", "MAP_KEY", "PAY_KEY", "SEARCH_KEY", "TAX_KEY"))
	maps.Copy(all, ledgerCases())
	maps.Copy(all, structureCases())
	return all
}

// everything holds each action and state once.
func everything() decision.Input {
	in := input(
		[]secret.DesiredSecret{
			want("API_KEY", "1", "live=2", "test=3"),
			external("ACF_PRO_KEY"),
			dropping(want("CLEANED", "1"), "live"),
			want("HIDDEN", "1", "dev=1", "live=2", "pr-long-123=3"),
			dropping(want("QUIET", "1"), "dev"),
			replaceable(want("RESCOPED", "1", "live=2")),
			want("ROTATED", "1"),
			want("SHADOWED", "1"),
		},
		[]secret.LiveSecret{
			with(have("ACF_PRO_KEY", hidden), secret.EnvType, web),
			have("CELLA_LEDGER__MARKETING", "1"),
			have("CLEANED", "1", "live=1"),
			have("HIDDEN", hidden, "dev=1", "live="),
			have("QUIET", "1"),
			with(have("RESCOPED", hidden, "live="), secret.ComposerType, ic),
			have("ROTATED", "2"),
			have("SHADOWED", "1", "live=2"),
			have("STRAY", "1"),
		})
	in.Desired = append(in.Desired,
		secret.Desired{Owner: agency, Secrets: []secret.DesiredSecret{want("SENDGRID_API_KEY", "1")}, MaxDeletePercent: 30},
		secret.Desired{Owner: torn, Secrets: []secret.DesiredSecret{want("A", "1"), want("B", "1")}, MaxDeletePercent: 30})
	in.Live = append([]secret.Live{{Owner: agency}}, append(in.Live, secret.Live{Owner: torn, Secrets: []secret.LiveSecret{have("A", "1"), have("B", "1")}})...)
	in.Desired[0], in.Desired[1] = in.Desired[1], in.Desired[0]
	return in
}

// shadowing is an organization that gets a key which a site has of its own, and
// of whose other keys nobody knows whether sites have some too.
func shadowing(old ...string) decision.Input {
	above := secret.Desired{Owner: agency, MaxDeletePercent: 30, Secrets: []secret.DesiredSecret{want("API_KEY", "1")}}
	in := decision.Input{Project: "storefront", Live: []secret.Live{{Owner: agency}, {Owner: mySite}, {Owner: torn}}}
	in.Live[1].Secrets = []secret.LiveSecret{have("API_KEY", hidden)}
	for _, name := range old {
		above.Secrets = append(above.Secrets, want(name, "1"))
		in.Live[0].Secrets = append(in.Live[0].Secrets, have(name, "1"))
		for site := 1; site <= 2; site++ {
			in.Live[site].Secrets = append(in.Live[site].Secrets, inherited(have(name, hidden)))
		}
	}
	in.Desired = []secret.Desired{above, {Owner: mySite}, {Owner: torn}}
	return in
}

// refusals holds each refusal once.
func refusals() decision.Input {
	protected := want("PROTECTED", "1")
	protected.Protect = secret.Protected
	desired := []secret.DesiredSecret{
		want("CELLA_MINE", "1"), external("EXTERNAL_DIFFERS"), external("EXTERNAL_MISSING"), replaceable(want("LOSES", "1")),
		want("NOT_ALLOWED", "1"), protected, want("SHADOWED", "1"),
	}
	live := []secret.LiveSecret{
		with(have("EXTERNAL_DIFFERS", hidden), secret.EnvType, web),
		with(have("LOSES", hidden, "live=", "test="), secret.ComposerType, ic),
		with(have("NOT_ALLOWED", hidden, "live="), secret.FileType, web),
		with(have("PROTECTED", hidden), secret.RuntimeType, ic),
		have("SHADOWED", "1", "live="),
	}
	for i := range 6 {
		live = append(live, have(fmt.Sprintf("STRAY_%d", i), hidden))
	}
	in := input(desired, live)
	in.Desired[0].MaxDeletePercent = 20
	in.Policy = decision.Policy{Unmanaged: secret.ForbidUnmanaged, Strict: true}
	return in
}

// hostile puts what harms a terminal or a log wherever a plan holds text.
func hostile() plan.Plan {
	const evil = "x\n  + FORGED\x1b[2J\u202eevil\\"
	long := strings.Repeat("very-long-", 40)
	site := secret.Owner{Kind: secret.Site, Name: evil, ID: evil}
	in := decision.Input{
		Project: evil,
		Inputs:  []plan.InputDigest{{File: evil, SHA256: "00"}},
		Desired: []secret.Desired{{Owner: site, Secrets: []secret.DesiredSecret{
			want(evil, "1", evil+"=1"), want(long, "1"),
		}}},
		Live: []secret.Live{{Owner: site, Secrets: []secret.LiveSecret{
			with(have(evil, hidden, "\x07="), secret.Type(evil), secret.NewScopes(secret.Scope(evil))), have("z\r", hidden),
		}}},
		Failed: []plan.OwnerError{{Code: plan.CodeRequestFailed, Owner: torn, Detail: "failed: " + evil}},
	}
	p := decision.Diff(in)
	p.Warnings = append(p.Warnings, plan.Warning{Code: evil, Owner: site, Secret: evil, Detail: evil},
		plan.Warning{Code: plan.CodeForeignLedger, Owner: site, Facts: plan.Facts{Project: evil}, Detail: evil})
	p.Refusals = append(p.Refusals, plan.Refusal{Code: evil, Owner: site, Detail: evil},
		plan.Refusal{Code: plan.CodeUnmanagedOverride, Owner: site, Facts: plan.Facts{Environments: []secret.Env{evil}}})
	p.Drift = append(p.Drift, plan.Drift{Owner: site, Secret: evil, Env: evil, Code: evil, Facts: plan.Facts{Action: evil}},
		plan.Drift{Owner: site, Secret: evil, Code: plan.DriftAttributes, Facts: plan.Facts{
			Applied: plan.Attributes{Type: evil, Scopes: secret.Scopes{evil}}, OnPantheon: plan.Attributes{Type: evil, Scopes: secret.Scopes{}}, Action: plan.Delete,
		}})
	p.Changes[0].Reasons = append(p.Changes[0].Reasons, plan.Reason{Code: evil})
	p.IfLedgerVerifies = append(p.IfLedgerVerifies, plan.Presumed{Owner: site, Secret: evil, Env: evil, Action: plan.Delete, Reasons: []plan.Reason{{Code: evil}}})
	p.Changes[0].Source = secret.FileSource(evil)
	return p
}

// elsewhere holds values that do not stand in the manifest, and each warning
// of a date.
func elsewhere() decision.Input {
	certificate := want("CERTIFICATE", "1", "live=2", "test=3")
	certificate.Source = secret.FileSource("certs/shop.pem")
	certificate.Overrides[0].Source = secret.FileSource("certs/shop live.pem")
	created, same := want("CREATED", "1"), want("SAME", "1", "live=2")
	created.Source, same.Overrides[0].Source = secret.EnvSource("CELLA_VALUE_CREATED"), secret.EnvSource("CELLA_VALUE_SAME")
	day := func(month time.Month, day int) civil.Date { return civil.Date{Year: 2027, Month: month, Day: day} }
	certificate.Dates.Expires = day(time.February, 28)
	created.Dates.Expires = day(time.March, 8)
	overdue, soon, future := want("OVERDUE", "1"), want("ROTATE_SOON", "1"), want("ROTATED_LATER", "1")
	overdue.Dates = secret.Dates{Rotated: day(time.January, 1), RotateEvery: 30}
	soon.Dates = secret.Dates{Rotated: day(time.January, 1), RotateEvery: 60}
	future.Dates = secret.Dates{Rotated: day(time.December, 1), RotateEvery: 60}
	in := input([]secret.DesiredSecret{certificate, created, overdue, soon, future, same},
		[]secret.LiveSecret{have("CERTIFICATE", "1", "live=9"), have("OVERDUE", "1"), have("ROTATED_LATER", "1"), have("ROTATE_SOON", "1"), have("SAME", "1", "live=2")})
	in.Inputs = append(in.Inputs, plan.InputDigest{File: "certs/shop.pem", SHA256: strings.Repeat("0b", 32)}, plan.InputDigest{Env: "CELLA_VALUE_SAME", HMAC: strings.Repeat("0c", 32)})
	in.Today = day(time.March, 1)
	return in
}

// unprovable has a value from the environment, and no key to know it by.
func unprovable() decision.Input {
	in := elsewhere()
	in.Inputs = append(in.Inputs[:2], plan.InputDigest{Env: "CELLA_VALUE_SAME"})
	return in
}

// manyOwners holds 40 sites, two of which have something to do.
func manyOwners() decision.Input {
	var in decision.Input
	for i := range 40 {
		site := secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("site-%02d", i), ID: fmt.Sprintf("%036d", i)}
		live := secret.Live{Owner: site, Secrets: []secret.LiveSecret{have("A", "1"), have("B", "1")}}
		if i == 7 || i == 23 {
			live.Secrets[1] = have("B", "2")
		}
		in.Live = append(in.Live, live)
		in.Desired = append(in.Desired, secret.Desired{Owner: site, Secrets: []secret.DesiredSecret{want("A", "1"), want("B", "1")}})
	}
	return in
}
