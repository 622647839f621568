package main

import (
	"io"

	"github.com/cella-secrets/cella/internal/checkup"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/outputs"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/schema"
)

// notPlanned writes to all outputs that there is no plan because of err, and
// returns err with what went wrong on the way. A comment of an earlier run
// would otherwise go on to speak for this one.
func notPlanned(d *outputs.Set, manifest string, run view.Run, err error) error {
	note := view.Note{
		Project: schema.ProjectOf(manifest),
		Run:     run,
		Title:   "plan",
		Sentences: []string{
			"**Not planned.** The manifest was not compared with what is on Pantheon, so what would change is not known. The log of the run says more.",
		},
		Text: checkup.Lines(err) + complaint(err),
	}
	failed := d.Write(func(w io.Writer, to outputs.Output) error {
		switch to.Format {
		case "markdown", "summary":
			return note.Markdown(w)
		case "outputs":
			return view.NoOutputs(w)
		case "gitlab":
			return view.NoTerraform(w)
		}
		return outputs.ErrNothing
	})
	return bothErrors([]error{err, failed})
}

// complaint is what report says of err, without whose words they are.
func complaint(err error) string {
	if err == nil {
		return ""
	}
	e := explained(err)
	if e.err == nil {
		return ""
	}
	return hint.Told(&hint.Error{Err: e.err, Next: e.hints})
}
