package edit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/schema"
	"github.com/cella-secrets/cella/schema/internal/yamltext"
	"github.com/cella-secrets/cella/schema/problem"
	"github.com/cella-secrets/cella/schema/sopsfile"
)

// rewriting is a file whose text is being changed, block by block.
type rewriting struct {
	*sopsfile.File
	blocks []*yamltext.Block
	now    time.Time // becomes lastmodified
	// finish, where there is one, has the last word on what does not change what
	// the file says.
	finish func(*sopsfile.File) (*sopsfile.File, error)
}

// rewrite takes a file apart. It fails with ErrManner where that is not written in
// a way that can be changed by key.
func rewrite(file *sopsfile.File, now time.Time) (rewriting, error) {
	blocks, ok := yamltext.BlocksOf(file.Lines, file.Doc.Root, 0, len(file.Lines), nil)
	if !ok {
		return rewriting{}, ErrManner
	}
	return rewriting{File: file, blocks: blocks, now: now}, nil
}

// unit is how far the file indents a level.
func (e *rewriting) unit() int {
	for _, b := range e.blocks {
		if b.Name != sopsfile.SopsKey && len(b.Kids) > 0 {
			return b.Kids[0].Indent - b.Indent
		}
	}
	return 2
}

// text returns the changed file under its new MAC, after reading it as Load
// does, and what is wrong with it, sorted by position. It is nil where that
// includes an error that is not among those of before.
func (e *rewriting) text(before problem.List) ([]byte, problem.List, error) {
	lines, err := e.stamped()
	if err != nil {
		return nil, nil, fmt.Errorf("edit %s: %w", words.Quote(e.Name), err)
	}
	text := yamltext.JoinLines(lines, e.Windows)
	result := schema.Reread(e.DataKey, e.Name, text)
	switch {
	case result.File == nil || breaks(result.Problems, before):
		return nil, result.Problems, nil
	case !result.Verified:
		return nil, nil, fmt.Errorf("edit %s: the file's new checksum (MAC) is wrong", words.Quote(e.Name))
	}
	return text, result.Problems, nil
}

// stamped is the changed text under its new MAC.
func (e *rewriting) stamped() ([]string, error) {
	var lines []string
	for _, b := range e.blocks {
		lines = b.Text(lines)
	}
	made, err := sopsfile.ReadLines(lines, e.Rules)
	if err == nil && !yamltext.SameNode(made.Doc.Root, yamltext.MappingOf(e.blocks)) {
		err = errors.New("the lines do not fit together")
	}
	if err == nil && e.finish != nil {
		made, err = e.finish(made)
	}
	if err != nil {
		return nil, err
	}
	return e.Stamp(made, e.now)
}

// breaks reports whether an error is among the problems that was not there before.
func breaks(now, before problem.List) bool {
	return len(added(now.Errors(false), before.Errors(false))) > 0
}

// added are the problems that were not there before.
func added(now, before problem.List) problem.List {
	return slices.DeleteFunc(slices.Clone(now), func(one problem.Problem) bool {
		return slices.ContainsFunc(before, func(old problem.Problem) bool { return old.Code == one.Code && old.Path == one.Path })
	})
}
