package emulator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cella-secrets/cella/internal/files"
	"github.com/cella-secrets/cella/internal/words"
)

// fileMode is that of the state file, always: it holds machine tokens and
// readable values.
const fileMode = 0o600

// maxStateFile bounds what is read of a state file or a seed, in bytes.
const maxStateFile = 256 << 20

// Open returns a Server whose state lives in the file at path. If the file
// does not exist, the state begins as the seed beside it (live.json begins as
// live.seed.json), which is never written to. Every change is written back at
// once, by replacing the file; requests that change nothing write nothing.
//
// Several processes may use one file: each change is made to what the file
// holds at that moment, under a lock (on live.json.lock), and every request
// sees the changes of the others.
func Open(path string, options Options) (*Server, error) {
	if strings.HasSuffix(strings.TrimSuffix(path, filepath.Ext(path)), ".seed") {
		return nil, fmt.Errorf("open emulator state %s: this is a seed, which is never written to; name the state file without .seed", words.Quote(path))
	}
	file := &stateFile{path: path, salt: newSalt()}
	world, err := file.load()
	if err != nil {
		return nil, err
	}
	server, err := New(State{}, options)
	if err != nil {
		return nil, err
	}
	server.file, server.world = file, world
	return server, nil
}

// stateFile is where a Server keeps its state.
type stateFile struct {
	path string
	salt []byte      // for a state that has none yet
	seen os.FileInfo // of the file when it was read last; nil: the seed was
}

// seed is the path of the seed: live.json begins as live.seed.json.
func (f *stateFile) seed() string {
	extension := filepath.Ext(f.path)
	return strings.TrimSuffix(f.path, extension) + ".seed" + extension
}

// load reads the state file or, where there is none, the seed.
func (f *stateFile) load() (*world, error) {
	data, info, err := read(f.path)
	path := f.path
	if errors.Is(err, fs.ErrNotExist) {
		path = f.seed()
		data, _, err = read(path)
		info = nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open emulator state %s: neither it nor the seed %s exists; write the seed, at least {\"sites\": [{\"name\": \"my-site\"}]}", words.Quote(f.path), words.Quote(path))
	}
	if err != nil {
		return nil, fmt.Errorf("read emulator state: %w", err)
	}
	if files.HaveModes && info != nil && info.Mode().Perm()&^fileMode != 0 {
		if err := os.Chmod(f.path, fileMode); err != nil {
			return nil, fmt.Errorf("protect emulator state: %w", err)
		}
	}
	state, err := decodeState(data)
	if err != nil {
		return nil, fmt.Errorf("read emulator state %s: %w", words.Quote(path), err)
	}
	loaded, err := newWorld(state, f.salt)
	if err != nil {
		return nil, fmt.Errorf("read emulator state %s: %w", words.Quote(path), err)
	}
	f.seen = info
	return loaded, nil
}

// read returns a file's content and what it is, both of the same open file.
func read(path string) ([]byte, os.FileInfo, error) {
	file, err := files.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err := files.ReadFrom(file, maxStateFile)
	return data, info, err
}

// changed returns the state if the file is another one than was read last, or
// has changed in place; else nil.
func (f *stateFile) changed() (*world, error) {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.seen == nil:
		return nil, nil
	case err == nil && f.seen != nil && os.SameFile(info, f.seen) && info.ModTime().Equal(f.seen.ModTime()) && info.Size() == f.seen.Size():
		return nil, nil
	}
	return f.load()
}

// update changes the state as it is in the file now and writes it back if do
// says that it changed. Other processes wait meanwhile.
func (f *stateFile) update(do func(*world) bool) (next *world, err error) {
	unlock, err := files.Lock(f.path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("lock emulator state: %w", err)
	}
	defer func() { _ = unlock() }() // what was changed is in the file by then
	next, err = f.load()
	if err != nil || !do(next) {
		return next, err
	}
	if err := f.save(next); err != nil {
		f.seen = nil // so that the next request reads what the file holds
		return nil, fmt.Errorf("write emulator state: %w", err)
	}
	return next, nil
}

// save replaces the state file in one step: a crash leaves the old or the new.
func (f *stateFile) save(w *world) error {
	data, err := encodeState(w.state)
	if err != nil {
		return err
	}
	fresh := f.path + ".new"
	if err := writeSynced(fresh, data); err != nil {
		return errors.Join(err, remove(fresh))
	}
	if err := files.Rename(fresh, f.path); err != nil {
		return errors.Join(err, remove(fresh))
	}
	if f.seen, err = os.Stat(f.path); err != nil {
		return err
	}
	return files.SyncFolder(filepath.Dir(f.path))
}

// writeSynced writes a new file and waits until the disk has it. What a crash
// left behind under the name is removed, so that its mode cannot live on.
func writeSynced(path string, data []byte) error {
	if err := remove(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
