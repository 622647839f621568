// Package files reads what lies under a name that others may have chosen. A
// pull request from a fork brings files and links, a tired hand names a pipe
// or a folder: none of it may hang a run, or fill its memory.
//
//  1. Only regular files are read, and links that lead to one. A pipe is not
//     waited for, and no byte is read of a device.
//  2. At most one byte more than the limit is read, whatever size the system
//     says the file has.
//  3. What programs and streams send is kept in a Buffer, which is bounded too.
//
// It leaves out what a file means, and where it may lie.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotRegular is what errors wrap about a folder, a pipe or a device.
var ErrNotRegular = errors.New("it is not a regular file")

// ErrTooLarge is what errors wrap about more than the limit.
var ErrTooLarge = errors.New("it is too large")

// unfit is one of the two errors, in words that say more. It stands behind a
// name and a colon.
type unfit struct {
	text  string
	kinds []error
}

func (f *unfit) Error() string   { return f.text }
func (f *unfit) Unwrap() []error { return f.kinds }

// tooLarge is an ErrTooLarge for a limit in bytes.
func tooLarge(limit int64) error {
	return &unfit{"it is larger than " + Size(limit), []error{ErrTooLarge}}
}

// Size writes a limit as people do: 64 MiB, 16 KiB, 100 bytes.
func Size(bytes int64) string {
	switch {
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10 && bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// regularFile is nil for a regular file, and otherwise an ErrNotRegular that says
// what it is. About a folder it is the system's EISDIR too.
func regularFile(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return &unfit{"it is a folder, not a file", []error{ErrNotRegular, syscall.EISDIR}}
	case mode&fs.ModeNamedPipe != 0:
		return &unfit{"it is a pipe, not a file", []error{ErrNotRegular}}
	case mode&fs.ModeSocket != 0:
		return &unfit{"it is a socket, not a file", []error{ErrNotRegular}}
	}
	return &unfit{"it is a device, not a file", []error{ErrNotRegular}}
}

// Unblocked are the flags to open a file with for reading, so that a pipe that
// nobody writes to does not hang the run.
const Unblocked = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOCTTY

// Read reads a regular file of at most limit bytes. Errors are those of package
// os, a *fs.PathError around an ErrNotRegular or an ErrTooLarge among them. The
// result is never nil without an error.
func Read(name string, limit int64) ([]byte, error) {
	file, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // opened for reading only, nothing to lose
	data, err := ReadFrom(file, limit)
	if errors.Is(err, ErrTooLarge) {
		err = &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, err
}

// ReadNamed is Read with errors that name the file, quoted.
func ReadNamed(name string, limit int64) ([]byte, error) {
	data, err := Read(name, limit)
	if err != nil {
		return nil, ReadError(name, err)
	}
	return data, nil
}

// ReadPiped is ReadNamed for what OpenPiped opens.
func ReadPiped(name string, limit int64) ([]byte, error) {
	file, err := OpenPiped(name)
	if err != nil {
		return nil, ReadError(name, err)
	}
	defer func() { _ = file.Close() }() // opened for reading only, nothing to lose
	data, err := ReadFrom(file, limit)
	if err != nil {
		return nil, ReadError(name, err)
	}
	return data, nil
}

// Open opens a regular file for reading. Errors are those of Read.
func Open(name string) (*os.File, error) {
	// Looked at first: opening alone can have an effect on a device or a pipe.
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := regular(name, info); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, Unblocked, 0)
	if err != nil {
		return nil, err
	}
	// And once more: something else may stand there by now.
	info, err = file.Stat()
	if err == nil {
		err = regular(name, info)
	}
	if err != nil {
		_ = file.Close() // nothing was read
		return nil, err
	}
	return file, nil
}

func regular(name string, info fs.FileInfo) error {
	if err := regularFile(info); err != nil {
		return &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return nil
}

// ReadFrom reads the rest of an open file or stream, of at most limit bytes.
// More is an ErrTooLarge.
func ReadFrom(from io.Reader, limit int64) ([]byte, error) {
	kept := &Buffer{Limit: limit}
	if file, ok := from.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			kept.data = make([]byte, 0, min(info.Size(), limit)+bytesAhead)
		}
	}
	_, err := io.Copy(kept, io.LimitReader(from, limit+1))
	if err != nil {
		return nil, err
	}
	return kept.Bytes(), nil
}

// bytesAhead is room for the read that finds the end.
const bytesAhead = 512

// OpenPiped is Open for a name that the person at the keyboard gives, which may
// also be a pipe, such as <(command) in a shell. One that nobody writes to is
// empty.
func OpenPiped(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeNamedPipe == 0 {
		return Open(name)
	}
	return os.OpenFile(name, Unblocked, 0)
}
