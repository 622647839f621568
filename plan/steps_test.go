package plan

import "testing"

func TestSteps(t *testing.T) {
	overrides := func(actions ...Action) []OverrideChange {
		var all []OverrideChange
		for _, action := range actions {
			all = append(all, OverrideChange{Action: action})
		}
		return all
	}
	for name, c := range map[string]struct {
		change Change
		steps  int
		reason string
	}{
		"none":                   {Change{Action: None, Default: None}, 0, "nothing to do"},
		"external":               {Change{Action: None}, 0, "never written"},
		"create":                 {Change{Action: Create, Default: Create}, 1, "one POST"},
		"create with overrides":  {Change{Action: Create, Default: Create, Overrides: overrides(Create, Create)}, 3, "1 + n"},
		"update":                 {Change{Action: Update, Default: Update, Overrides: overrides(None, Update, Create)}, 3, "what differs"},
		"update of overrides":    {Change{Action: Update, Default: None, Overrides: overrides(Update, Delete)}, 2, "the default is left alone"},
		"replace":                {Change{Action: Replace, Default: Create, Overrides: overrides(Create, Create)}, 4, "2 + n"},
		"replace drops override": {Change{Action: Replace, Default: Create, Overrides: overrides(Create, Delete)}, 3, "the delete takes it along"},
		"delete":                 {Change{Action: Delete}, 1, "with all overrides"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.change.Steps(); got != c.steps {
				t.Errorf("%d steps, want %d: %s", got, c.steps, c.reason)
			}
		})
	}
}
