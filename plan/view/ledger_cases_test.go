package view_test

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/decision"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// keysOf derives keys from letters; "" is none.
func keysOf(current, previous string) ledger.Keys {
	form := func(letter string) secret.Value {
		if letter == "" {
			return secret.Value{}
		}
		return secret.NewValue(strings.Repeat(letter, 42) + "A=")
	}
	keys, err := ledger.DeriveKeys(form(current), form(previous))
	if err != nil {
		panic(err)
	}
	return keys
}

// applied adds the ledger of a project that applied the secrets to a site's
// listing.
func applied(project string, keys ledger.Keys, live []secret.LiveSecret, secrets ...secret.DesiredSecret) []secret.LiveSecret {
	in := remember(input(secrets, nil), project, nil, keys)
	ledgers := in.Ledgers[0]
	revision := ledgers.Revise(false)
	for _, edit := range entry.Edits(decision.Diff(in), in.Desired[0], ledgers, keys) {
		revision.Put(*edit.Applied)
	}
	writes, _, err := revision.Encode(keys, "run", ledger.Origin{})
	if err != nil {
		panic(err)
	}
	for _, w := range writes {
		live = append(live, secret.LiveSecret{Name: w.Name, Type: ledger.Type, Scopes: ledger.Scopes(), Value: secret.Read(w.Value)})
	}
	slices.SortFunc(live, func(a, b secret.LiveSecret) int { return cmp.Compare(a.Name, b.Name) })
	return live
}

// remember reads the ledgers that the listings hold.
func remember(in decision.Input, project string, formerly []string, keys ledger.Keys) decision.Input {
	in.Project, in.Keys = project, keys
	for _, live := range in.Live {
		in.Ledgers = append(in.Ledgers, ledger.ReadAll(live, project, formerly, keys))
	}
	return in
}

func protected(s secret.DesiredSecret) secret.DesiredSecret {
	s.Protect = secret.Protected
	return s
}

// ledgerCases are the plans of a project that remembers.
func ledgerCases() map[string]plan.Plan {
	k := keysOf("k", "")
	steady := []secret.DesiredSecret{want("A", "1", "live=2"), want("B", "1")}
	hiddenOnes := []secret.LiveSecret{have("A", hidden, "live="), have("B", hidden)}
	quiet := remember(input(steady, applied("storefront", k, hiddenOnes, steady...)), "storefront", nil, k)
	rewritten := quiet
	rewritten.Rewrite = true
	lost := remember(input(steady[:1], applied("storefront", k, hiddenOnes, steady...)), "storefront", nil, keysOf("n", ""))
	given := lost
	given.Desired = slices.Clone(lost.Desired)
	given.Desired[0].ResetLedger = true
	left := remember(input(nil, applied("storefront", k, hiddenOnes, steady...)), "storefront", nil, k)
	leaving := left
	leaving.Desired = slices.Clone(left.Desired)
	leaving.Desired[0].Retire = secret.RetireRelease
	return map[string]plan.Plan{
		"as applied":      decision.Diff(quiet),
		"rewrite":         decision.Diff(rewritten),
		"remembered":      decision.Diff(remembered(k)),
		"list may be cut": decision.Diff(mayBeCut(k)),
		"ledger refusals": decision.Diff(ledgerRefusals(k)),
		"lost key":        decision.Diff(lost),
		"reset":           decision.Diff(given),
		"empty manifest":  decision.Diff(left),
		"owner left":      decision.Diff(leaving),
		"renamed": decision.Diff(remember(input(steady, applied("storefront", k, hiddenOnes, steady...)),
			"shop", []string{"storefront"}, k)),
		"rotated": decision.Diff(remember(input(steady, applied("storefront", k, hiddenOnes, steady...)),
			"storefront", nil, keysOf("n", "k"))),
	}
}

// mayBeCut has a secret that may be there, and one that may not go.
func mayBeCut(k ledger.Keys) decision.Input {
	in := input([]secret.DesiredSecret{want("KEPT", "1"), want("NEW", "1")}, nil)
	in.Live[0].Secrets = applied("storefront", k, []secret.LiveSecret{have("KEPT", hidden)}, want("KEPT", "1"), want("LEFT", "1"))
	in.Live[0].Cut = true
	return remember(in, "storefront", nil, k)
}

// remembered holds every action that a ledger allows.
func remembered(k ledger.Keys) decision.Input {
	released := secret.DesiredSecret{Name: "RELEASED", Retire: secret.RetireRelease}
	live := applied("storefront", k, []secret.LiveSecret{
		have("ADOPTED", "1"), have("AS_APPLIED", hidden, "live="), have("DELETED", hidden), have("DRIFTED", "9"),
		have("EXTERNAL_NOW", hidden), inherited(have("INHERITED", hidden)), have("RELEASED", hidden), have("RESCOPED", hidden, "live="),
		have("ROTATED", hidden, "live="), have("TAKEN_OVER", hidden),
	},
		want("AS_APPLIED", "1", "live=2"), want("DELETED", "1"), want("DRIFTED", "1"), want("EXTERNAL_NOW", "1"), want("FORGOTTEN", "1"),
		want("INHERITED", "1"), want("RELEASED", "1"), want("RESCOPED", "1", "live=2"), want("ROTATED", "1", "live=2"))
	rescoped := want("RESCOPED", "1", "live=2")
	rescoped.Scopes = ic
	externalNow := external("EXTERNAL_NOW")
	externalNow.Type, externalNow.Scopes = secret.RuntimeType, web
	return remember(input([]secret.DesiredSecret{
		want("ADOPTED", "1"), want("AS_APPLIED", "1", "live=2"), want("DRIFTED", "1"), externalNow, want("INHERITED", "1"),
		released, rescoped, want("ROTATED", "2"), want("TAKEN_OVER", "1"),
	}, live), "storefront", nil, k)
}

// ledgerRefusals holds each refusal that a ledger is the reason for.
func ledgerRefusals(k ledger.Keys) decision.Input {
	live := applied("storefront", k, []secret.LiveSecret{
		have("CHANGED", hidden), have("CLAIMED", hidden), have("LOSES", hidden, "live="), with(have("OUTSIDE", hidden), secret.ComposerType, ic),
		have("PROTECTED", hidden),
	}, want("LOSES", "1"), want("OUTSIDE", "1"), protected(want("PROTECTED", "1")))
	live = applied("marketing", keysOf("m", ""), live, want("CLAIMED", "1"))
	return remember(input([]secret.DesiredSecret{want("CLAIMED", "1")}, live), "storefront", nil, k)
}
