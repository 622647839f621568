package apply

import (
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/entry"
	"github.com/cella-secrets/cella/secret"
)

// TestMatch holds edits that no plan makes against the changes: what is
// written must have been announced, and nothing else be recorded.
func TestMatch(t *testing.T) {
	a := &ledger.Entry{Name: "A"}
	both, pending := entry.Edit{Secret: "A", Pending: a, Applied: a}, entry.Edit{Secret: "A", Pending: a}
	applied, drop := entry.Edit{Secret: "A", Applied: a}, entry.Edit{Secret: "A"}
	tests := map[plan.Action]entry.Edit{
		plan.Create: both, plan.Update: both, plan.Replace: both, plan.Delete: pending,
		plan.Adopt: applied, plan.Release: drop, plan.Forget: drop,
	}
	for action, fitting := range tests {
		account := func(want secret.DesiredSecret) *account {
			return &account{tasks: []*task{newTask(secret.Owner{}, plan.Change{Secret: "A", Action: action, Default: plan.Update}, want)}}
		}
		for _, edit := range []entry.Edit{both, pending, applied, drop} {
			if _, err := account(secret.DesiredSecret{}).match([]entry.Edit{edit}, ledger.Ledgers{}); (err == nil) != (edit == fitting) {
				t.Errorf("%s with pending %v, applied %v: error %v", action, edit.Pending != nil, edit.Applied != nil, err)
			}
		}
		if !refuses(account(secret.DesiredSecret{})) {
			t.Errorf("%s without an edit fits", action)
		}
		if retired := account(secret.DesiredSecret{Retire: secret.RetireDelete}); refuses(retired) == (action == plan.Delete) {
			t.Errorf("%s of a retired name without an edit is not decided right", action)
		}
		if !refuses(account(secret.DesiredSecret{}), fitting, fitting) {
			t.Errorf("%s with two edits fits", action)
		}
		if !refuses(account(secret.DesiredSecret{}), fitting, entry.Edit{Secret: "B"}) {
			t.Errorf("%s fits with an edit of another name", action)
		}
	}
}

func refuses(a *account, edits ...entry.Edit) bool {
	_, err := a.match(edits, ledger.Ledgers{})
	return err != nil
}
