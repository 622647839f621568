package edit

import (
	"fmt"

	"github.com/cella-secrets/cella/secret"
)

// KeepRecordNoted is KeepRecord for a draft that was changed. It returns what to
// tell of it: nothing where the line did not change.
func (d *Draft) KeepRecordNoted() (note string, err error) {
	if !d.Changed() {
		return "", nil
	}
	change, err := d.KeepRecord()
	if err != nil || !change.Wrote {
		return "", err
	}
	return change.note(), nil
}

func (change RecordChange) note() string {
	if change.Before == (secret.Owner{}) || change.Before.Same(change.Now) {
		return fmt.Sprintf("added record: %s; cella notes there which sites and organizations the project has", change.Now)
	}
	return fmt.Sprintf("record is now %s, not %s: the next apply moves cella's note of the project there; "+
		"on an organization it would show in the list of each site", change.Now, change.Before)
}
