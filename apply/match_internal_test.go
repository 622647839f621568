package apply

import (
	"testing"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/secret"
)

// TestMatch holds edits that no plan makes against the changes: what is
// written must have been announced, and nothing else be recorded.
func TestMatch(t *testing.T) {
	record := &ledger.Record{Name: "A"}
	both, pending := plan.Edit{Secret: "A", Pending: record, Applied: record}, plan.Edit{Secret: "A", Pending: record}
	applied, drop := plan.Edit{Secret: "A", Applied: record}, plan.Edit{Secret: "A"}
	tests := map[plan.Action]plan.Edit{
		plan.Create: both, plan.Update: both, plan.Replace: both, plan.Delete: pending,
		plan.Adopt: applied, plan.Release: drop, plan.Forget: drop,
	}
	for action, fitting := range tests {
		account := func(want secret.DesiredSecret) *account {
			return &account{tasks: []*task{newTask(secret.Owner{}, plan.Change{Secret: "A", Action: action, Default: plan.Update}, want)}}
		}
		for _, edit := range []plan.Edit{both, pending, applied, drop} {
			if err := account(secret.DesiredSecret{}).match([]plan.Edit{edit}); (err == nil) != (edit == fitting) {
				t.Errorf("%s with pending %v, applied %v: error %v", action, edit.Pending != nil, edit.Applied != nil, err)
			}
		}
		if account(secret.DesiredSecret{}).match(nil) == nil {
			t.Errorf("%s without an edit fits", action)
		}
		retired := account(secret.DesiredSecret{Retire: secret.RetireDelete}).match(nil)
		if (retired == nil) != (action == plan.Delete) {
			t.Errorf("%s of a retired name without an edit: error %v", action, retired)
		}
		if account(secret.DesiredSecret{}).match([]plan.Edit{fitting, fitting}) == nil {
			t.Errorf("%s with two edits fits", action)
		}
		if account(secret.DesiredSecret{}).match([]plan.Edit{fitting, {Secret: "B"}}) == nil {
			t.Errorf("%s fits with an edit of another name", action)
		}
	}
}
