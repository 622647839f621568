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
	file, err := os.Open(path)
	if err != nil {
		return plan.Plan{}, failure(exitError, fmt.Errorf("open plan: %w", err), "save one with `cella plan --out FILE`")
	}
	defer file.Close()
	saved, err := view.ReadJSON(io.LimitReader(file, maxSavedPlan))
	if err != nil {
		return plan.Plan{}, notAPlan(path)
	}
	if err := readable(path, saved.FormatVersion); err != nil {
		return plan.Plan{}, err
	}
	if _, err := plan.Digest(saved); err != nil {
		return plan.Plan{}, notAPlan(path)
	}
	if saved.StructureOnly {
		return plan.Plan{}, failure(exitError, fmt.Errorf("%s was made with --no-decrypt, without the values: there is nothing in it to apply", secret.Quote(path)),
			"save a plan with `cella plan --out FILE`, where the key is")
	}
	return saved, nil
}

// readable refuses JSON that is no plan, and plans in a format of another cella:
// compared with what is to be done, they would only look stale.
func readable(path, version string) error {
	switch version {
	case plan.FormatVersion:
		return nil
	case "":
		return notAPlan(path)
	}
	return failure(exitError, fmt.Errorf("%s is a plan of format version %s, and this cella reads version %s", secret.Quote(path), secret.Quote(version), plan.FormatVersion),
		"apply it with the cella that saved it, or save it again with `cella plan --out FILE`")
}

// notAPlan leaves the decoder's error out, which may quote the file.
func notAPlan(path string) error {
	return failure(exitError, fmt.Errorf("%s is not a saved plan, or was cut or edited", secret.Quote(path)),
		"save it again with `cella plan --out FILE`")
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
