package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/renameio/v2"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
)

// maxSavedPlan bounds what is read of a plan file, in bytes.
const maxSavedPlan = 256 << 20

// planFile is the file of --out. It is opened before the first request, so that
// one that cannot be written costs none, and appears whole or not at all. The
// nil planFile is for no --out.
type planFile struct {
	name    string
	pending *renameio.PendingFile
}

func openPlanFile(name string) (*planFile, error) {
	if name == "" {
		return nil, nil
	}
	unfit := func(what string, hint string) error {
		return failure(exitError, fmt.Errorf("--out: %s: %s", secret.Quote(name), what), hint)
	}
	const another = "name a file that can be written, such as --out plan.json"
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return nil, unfit("it is a folder", "name a file in it: --out "+secret.Word(filepath.Join(name, "plan.json")))
	case err == nil && !info.Mode().IsRegular():
		return nil, unfit("it is no file that could be replaced", another)
	}
	pending, err := renameio.NewPendingFile(name, renameio.WithStaticPermissions(privateMode))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, unfit("its folder is not there", "make the folder first: mkdir -p "+secret.Word(filepath.Dir(name)))
	case err != nil:
		return nil, unfit(sourceCause(err).Error(), another)
	}
	return &planFile{name, pending}, nil
}

// save writes the plan for apply FILE.
func (f *planFile) save(p plan.Plan) error {
	if f == nil {
		return nil
	}
	if err := provable(p, "--out"); err != nil {
		return err
	}
	err := view.JSON(f.pending, p)
	if err == nil {
		err = f.pending.CloseAtomicallyReplace()
	}
	if err != nil {
		return failure(exitError, fmt.Errorf("save plan in %s: %w", secret.Quote(f.name), sourceCause(err)), "name a file that can be written with --out")
	}
	return nil
}

// discard takes away what was begun and not saved.
func (f *planFile) discard() {
	if f != nil {
		_ = f.pending.Cleanup() // nothing to do after it was put in place
	}
}

// loadPlan reads what savePlan wrote. Whatever else is in the file can only
// lead to an error: apply does what it computes itself, never what it reads
// here.
func loadPlan(path string) (plan.Plan, error) {
	const another = "save it again with `cella plan --out FILE`"
	file, err := files.Open(path)
	if err != nil {
		return plan.Plan{}, failure(exitError, fmt.Errorf("open plan: %w", err), "save one with `cella plan --out FILE`")
	}
	defer file.Close()
	document, err := io.ReadAll(io.LimitReader(file, maxSavedPlan+1))
	switch {
	case err != nil:
		return plan.Plan{}, failure(exitError, fmt.Errorf("read plan: %w", err), another)
	case len(document) > maxSavedPlan:
		return plan.Plan{}, failure(exitError, fmt.Errorf("%s is not a saved plan: it has more than %d MB", secret.Quote(path), maxSavedPlan>>20), another)
	}
	saved, err := view.ReadJSON(document)
	var format *view.FormatError
	switch {
	case errors.As(err, &format):
		return plan.Plan{}, failure(exitError, fmt.Errorf("%s cannot be applied: %w", secret.Quote(path), err), "apply it with the cella that saved it, or "+another)
	case err != nil:
		return plan.Plan{}, failure(exitError, fmt.Errorf("%s is not a saved plan, or was cut or edited", secret.Quote(path)), another)
	case saved.StructureOnly:
		return plan.Plan{}, failure(exitError, fmt.Errorf("%s was made with --no-decrypt, without the values: there is nothing in it to apply", secret.Quote(path)),
			"save a plan with `cella plan --out FILE`, where the key is")
	}
	return saved, nil
}

// stillApproved compares the plan that was approved with what there is to do
// now, by their digests alone, and writes the differences.
func stillApproved(out io.Writer, saved, now plan.Plan) error {
	approved, err := plan.Digest(saved)
	if err != nil {
		return err // loadPlan has refused it
	}
	current, err := plan.Digest(now)
	if err != nil {
		return err
	}
	if approved == current {
		return nil
	}
	was, is := saved.Approved(), now.Approved()
	if !now.HasChanges() && now.Complete && slices.Equal(was.Inputs, is.Inputs) {
		return failure(exitStale, errors.New("the saved plan is stale: nothing is left to do; nothing was applied"),
			"save a new one with `cella plan --out FILE` when there is something to do again")
	}
	writeLine(out, "What differs from the saved plan:")
	_ = view.Stale(out, was, is) // stderr has nobody to tell that it fails
	return failure(exitStale, errors.New("the saved plan is stale, as the lines above show; nothing was applied"),
		"plan again with --out, and have the new plan approved")
}
