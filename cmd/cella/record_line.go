package main

import (
	"fmt"

	"github.com/cella-secrets/cella/schema/edit"
	"github.com/cella-secrets/cella/secret"
)

// keepRecord lets an edited manifest say where the project remembers itself, and
// returns what to tell of it; nothing where the line did not change.
func (f *draftFile) keepRecord() (note string, err error) {
	if !f.Changed() {
		return "", nil
	}
	change, err := f.KeepRecord()
	if err != nil || !change.Wrote {
		return "", err
	}
	return recordNote(change), nil
}

func recordNote(change edit.RecordChange) string {
	if change.Before == (secret.Owner{}) || change.Before.Same(change.Now) {
		return fmt.Sprintf("record: %s was added: there cella notes which sites and organizations the project has", change.Now)
	}
	return fmt.Sprintf("record: now says %s, not %s: the next apply moves there what cella notes of the project; "+
		"on an organization it would show in the list of each site", change.Now, change.Before)
}
