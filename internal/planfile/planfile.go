// Package planfile saves a plan that is to be approved, reads it back, and says
// whether what there is to do now is still what was approved.
//
// A plan holds no values. What is read back is never carried out: it is compared
// with what was computed again, by the digests of both.
package planfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan"
	"github.com/cella-secrets/cella/plan/view"
)

// MaxBytes bounds a plan file in bytes: the plan of the largest manifest has
// some 80 MB.
const MaxBytes = 128 << 20

// MinObject is less than any object takes in a plan file, in bytes. Where they
// are smaller, what they are read into would be many times the file's size.
const MinObject = 32

// File is the file of --out. It is opened before the first request, so that
// one that cannot be written costs none, and appears whole or not at all. The
// nil File is for no --out.
type File struct {
	name    string
	pending *files.Pending
}

// Begin opens it; nil for no name.
func Begin(name string) (*File, error) {
	if name == "" {
		return nil, nil
	}
	unfit := func(what string, next string) error {
		return hint.New(fmt.Errorf("--out: %s: %s", words.Quote(name), what), next)
	}
	const another = "name a file that can be written, such as --out plan.json"
	switch info, err := os.Stat(name); {
	case err == nil && info.IsDir():
		return nil, unfit("it is a folder", "name a file in it: --out "+words.Argument(filepath.Join(name, "plan.json")))
	case err == nil && !info.Mode().IsRegular():
		return nil, unfit("it is not a file that could be replaced", another)
	}
	pending, err := files.Begin(name, files.Private)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, unfit("its folder is not there", files.MakeFolder(name))
	case err != nil:
		return nil, unfit(files.Cause(err).Error(), another)
	}
	return &File{name, pending}, nil
}

// Save writes the plan for apply FILE.
func (f *File) Save(p plan.Plan) error {
	if f == nil {
		return nil
	}
	if err := Provable(p, "--out"); err != nil {
		return err
	}
	text := &files.Buffer{Limit: MaxBytes}
	err := view.JSON(text, p)
	if err == nil {
		err = f.pending.Finish(text.Bytes())
	}
	if errors.Is(err, files.ErrTooLarge) {
		return hint.New(fmt.Errorf("save plan in %s: %w", words.Quote(f.name), err), "save plans of some of the sites: --target SITE")
	}
	if err != nil {
		return hint.New(fmt.Errorf("save plan in %s: %w", words.Quote(f.name), files.Cause(err)), "name a file that can be written with --out")
	}
	return nil
}

// Discard takes away what was begun and not saved.
func (f *File) Discard() {
	if f != nil {
		_ = f.pending.Discard() // what could be done about it is done
	}
}

// Load reads what Save wrote. Whatever else is in the file can only
// lead to an error: apply does what it computes itself, never what it reads
// here.
func Load(path string) (plan.Plan, error) {
	const another = "save it again with `cella plan --out FILE`"
	document, err := files.Read(path, MaxBytes)
	if err != nil {
		return plan.Plan{}, hint.New(fmt.Errorf("open plan: %w", err), "save one with `cella plan --out FILE`")
	}
	if MinObject*bytes.Count(document, []byte{'{'}) > max(len(document), MinObject<<10) {
		return plan.Plan{}, hint.New(fmt.Errorf("%s is not a saved plan, or was cut or edited", words.Quote(path)), another)
	}
	saved, err := view.ReadJSON(document)
	var format *view.FormatError
	switch {
	case errors.As(err, &format):
		return plan.Plan{}, hint.New(fmt.Errorf("%s cannot be applied: %w", words.Quote(path), err), "apply it with the cella that saved it, or "+another)
	case err != nil:
		return plan.Plan{}, hint.New(fmt.Errorf("%s is not a saved plan, or was cut or edited", words.Quote(path)), another)
	case saved.StructureOnly:
		return plan.Plan{}, hint.New(fmt.Errorf("%s was made with --no-decrypt, without the values: there is nothing in it to apply", words.Quote(path)),
			"save a plan with `cella plan --out FILE`, where the key is")
	}
	return saved, nil
}

// StillApproved compares the plan that was approved with what there is to do
// now, by their digests alone, and writes the differences.
func StillApproved(out io.Writer, saved, now plan.Plan) error {
	approved, err := plan.Digest(saved)
	if err != nil {
		return err // Load has refused it
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
		return hint.Stale.New(errors.New("the saved plan is stale: nothing is left to do; nothing was applied"),
			"save a new one with `cella plan --out FILE` when there is something to do again")
	}
	fmt.Fprintln(out, "What differs from the saved plan:")
	_ = view.Stale(out, was, is) // stderr has nobody to tell that it fails
	return hint.Stale.New(errors.New("the saved plan is stale, as the lines above show; nothing was applied"),
		"plan again with --out, and have the new plan approved")
}

// Provable refuses to save, or to apply as saved, what could not be told from
// a plan of other values. what is said to be impossible.
func Provable(p plan.Plan, what string) error {
	if p.Provable() {
		return nil
	}
	return hint.New(fmt.Errorf("%s needs a fingerprint_key here: without it cella cannot tell "+
		"whether values from the environment are still those that were approved", what),
		"run `cella fingerprint-key add`, or `cella apply` without a saved plan")
}
