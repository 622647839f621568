package view_test

import (
	"fmt"

	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/secret"
)

// outbreaks are texts that mean something in Markdown or HTML, or to a forge
// that looks for mentions and the like. None has a space, so that Quote
// leaves most as they are.
var outbreaks = []string{
	"a|b", "`", "``", "```", "`a", "a`", "a``b", "```diff", "~~~", "<script>alert(1)</script>", "-->", "--!>", "<!--", "]]>",
	"<br>", "a<br>b", "&rarr;", "->", "|", "||", "a\\|b", "`|`", "|---|",
	"a\nb", "a\n\n</details>\n# B", "a\r\n|b|", "</code></summary></details>", "</details>", "@octocat", "@org/team", "#123", "org/repo#1", "GH-123", "!12",
	"~label", "%1", "$x$", "$`x`$", "https://evil.example", "www.evil.example", "me@evil.example", "mailto:me@evil.example",
	"[a](https://evil.example)", "![a](b)", "[a]:b", "[^1]", "[x]", "&lt;script&gt;", "&#64;octocat", "&commat;octocat", "*a*", "**a**", "_a_", "__a__", "~~a~~",
	"#", "####", "-", "+", "*", "1.", "1)", "---", "===", ">", "\\", "\\`", "\\|", "a\\", ":tada:", "deadbeef", "0123456789abcdef0123456789abcdef01234567",
	"/close", "{{a}}", "::include{file=b}", "[[_TOC_]]", "\u202eevil", "\x1b[31m", "\x00", "é", "\xff", "…", "\"", "'", "", " ", "    a", "\t",
}

// outbreak is a plan with text wherever a plan has text from outside.
func outbreak(text string) plan.Plan {
	owner := secret.Owner{Kind: secret.Site, Name: text, ID: text}
	scopes := secret.NewScopes(secret.Scope(text))
	name := secret.Name(text)
	env := secret.Env(text)
	said := plan.Facts{
		Project: text, Environments: []secret.Env{env}, Action: plan.Action(text),
		OnPantheon: plan.Attributes{Type: secret.Type(text), Scopes: scopes},
		Declared:   plan.Attributes{Type: secret.Type(text), Scopes: scopes},
		Applied:    plan.Attributes{Type: secret.Type(text), Scopes: scopes},
	}
	code := plan.Code(text)
	return plan.Plan{
		Project: text, CellaVersion: text, Inputs: []plan.InputDigest{{File: text, SHA256: text}},
		Summary: plan.Summary{Update: 1, None: 1, Unmanaged: 2, Refused: 2},
		Changes: []plan.Change{
			{
				Owner: owner, Secret: name, Action: plan.Update, Reasons: []plan.Reason{{Code: code}, {Code: plan.ReasonHidden}},
				Type: plan.TypeChange{Before: secret.Type(text), After: "env"}, Scopes: plan.ScopesChange{Before: scopes, After: scopes},
				Default: plan.Update, Value: plan.Unverifiable, Source: secret.FileSource(text),
				Overrides: []plan.OverrideChange{{Env: secret.Env(text), Action: plan.Delete, Reasons: []plan.Reason{{Code: code + "2"}}}},
			},
			{Owner: owner, Secret: name + "2", Action: plan.None, Value: plan.AsApplied, Default: plan.None, Source: secret.Source(text)},
		},
		Ledgers: []plan.LedgerChange{{Owner: owner, Ledger: name, Action: plan.RemoveLedger, Reason: code}},
		IfLedgerVerifies: []plan.Presumed{
			{Owner: owner, Secret: name + "3", Action: plan.Delete, Reasons: []plan.Reason{{Code: code}}},
			{Owner: owner, Secret: name, Env: secret.Env(text), Action: plan.Delete, Reasons: []plan.Reason{{Code: plan.ReasonDelete}}},
		},
		Unmanaged: []plan.Unmanaged{{Owner: owner, Secret: name}, {Owner: owner, Secret: name, Env: "live"}},
		Drift:     []plan.Drift{{Owner: owner, Secret: name, Env: secret.Env(text), Code: code, Facts: said}, {Owner: owner, Secret: name, Code: plan.DriftAttributes, Facts: said}},
		Errors:    []plan.OwnerError{{Code: code, Owner: owner}, {Code: plan.CodeRequestFailed, Owner: owner, Detail: "read " + text + ": failed"}},
		Warnings:  []plan.Warning{{Code: code, Owner: owner, Secret: name}, {Code: plan.CodeForeignLedger, Facts: said, Detail: text}},
		Refusals: []plan.Refusal{
			{Code: code, Facts: said, Detail: text},
			{Code: plan.CodeUnmanagedOverride, Owner: owner, Facts: said}, {Code: plan.CodeReplaceNotAllowed, Owner: owner, Secret: name + "4", Facts: said},
			{Code: plan.CodeClaimed, Owner: owner, Secret: name + "4", Facts: said}, {Code: plan.CodeLedgerDamaged, Owner: owner, Secret: name + "4", Facts: said, Detail: text},
		},
	}
}

// outbreakAll puts all of them in one plan, each on an owner of its name.
func outbreakAll() plan.Plan {
	all := outbreak(outbreaks[0])
	for _, text := range outbreaks[1:] {
		p := outbreak(text)
		all.Changes = append(all.Changes, p.Changes...)
		all.Warnings = append(all.Warnings, p.Warnings...)
		all.Drift = append(all.Drift, p.Drift...)
		all.Errors = append(all.Errors, p.Errors...)
		all.Refusals = append(all.Refusals, p.Refusals...)
	}
	return all
}

// huge is a plan of n secrets to create, on as many sites as sites says.
func huge(n, sites int) plan.Plan {
	var in decision.Input
	in.Project, in.CellaVersion = "storefront", "1.2.3"
	for i := range sites {
		site := secret.Owner{Kind: secret.Site, Name: fmt.Sprintf("site-%04d", i), ID: fmt.Sprintf("%036d", i)}
		desired := secret.Desired{Owner: site}
		for j := range n / sites {
			desired.Secrets = append(desired.Secrets, want(fmt.Sprintf("SECRET_%04d", j), "1"))
		}
		in.Desired = append(in.Desired, desired)
		in.Live = append(in.Live, secret.Live{Owner: site})
	}
	return decision.Diff(in)
}

// lengthy adds n findings of each kind to a plan.
func lengthy(p plan.Plan, n int) plan.Plan {
	for i := range n {
		name := secret.Name(fmt.Sprintf("SECRET_%04d", i))
		other := plan.Facts{Applied: plan.Attributes{Type: secret.Type(fmt.Sprint("type", i))}, Action: plan.Update}
		p.Warnings = append(p.Warnings, plan.Warning{Code: plan.CodeForeignLedger, Owner: mySite, Secret: name, Detail: fmt.Sprint("damage ", i)})
		p.Refusals = append(p.Refusals, plan.Refusal{Code: plan.CodeUnrecordable, Owner: mySite, Secret: name + "x", Detail: fmt.Sprint("record ", i)})
		p.Drift = append(p.Drift, plan.Drift{Owner: mySite, Secret: name, Code: plan.DriftAttributes, Facts: other})
		p.Errors = append(p.Errors, plan.OwnerError{Code: plan.CodeRequestFailed, Owner: mySite, Detail: fmt.Sprintf("list secrets: failure %d", i)})
	}
	p.Summary.Refused, p.Complete = n, false
	return p
}
