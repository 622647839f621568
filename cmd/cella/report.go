package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/cella-secrets/cella/apply"
	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/hint"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/view"
)

// tell writes what was done to stdout. Where that is lost and something is left
// to do, people find it on stderr.
func tell(std streams, result apply.Report) error {
	err := result.Text(std.out)
	if err == nil {
		return nil
	}
	if !result.Complete() {
		_ = result.Text(std.err) // there is nowhere else to say it
	}
	return untold(result, "", err)
}

// untold is the error of an apply that could not be told of somewhere, which
// says first how far it came.
func untold(result apply.Report, where string, err error) error {
	came := "everything was applied, but"
	switch {
	case len(result.Results)+len(result.Ledgers) == 0:
		came = "there was nothing to apply, but"
	case !result.Complete():
		came = "not everything was applied, and"
	}
	if where != "" {
		err = fmt.Errorf("%s cannot be written: %w", where, files.Cause(err))
	}
	return hint.New(fmt.Errorf("%s %w", came, err), hint.Next(err)...)
}

// reportFile is the file of --report. The nil reportFile is for none.
type reportFile struct {
	name string
	file *os.File
}

// openReport makes sure before the first request that the report can be
// written after the last one.
func openReport(name string) (*reportFile, error) {
	if name == "" {
		return nil, nil
	}
	file, err := files.OpenPrivate(name)
	if err != nil {
		return nil, hint.New(fmt.Errorf("open report: %w", err), files.CreateStep(name, err, "name a file that can be written with --report"))
	}
	return &reportFile{name, file}, nil
}

// write writes the report for machines and closes the file. Half a report is
// none: the file is empty then.
func (f *reportFile) write(result apply.Report) error {
	if f == nil {
		return nil
	}
	err := view.Document(f.file, result)
	if err != nil {
		_ = f.file.Truncate(0) // a pipe or a device has nothing to take back
	}
	if closed := f.file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return untold(result, "--report "+words.Quote(f.name), err)
	}
	return nil
}

// closing closes the report of a command that ends before there is any.
func (f *reportFile) closing(err error) error {
	if f == nil {
		return err
	}
	return errors.Join(err, f.file.Close())
}
