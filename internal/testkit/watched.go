package testkit

import (
	"bytes"
	"strings"
	"sync"
)

// Watched is a writer that others can wait on.
type Watched struct {
	lock    sync.Mutex
	changed *sync.Cond
	data    bytes.Buffer
}

// NewWatched returns one that nothing was written to.
func NewWatched() *Watched {
	w := &Watched{}
	w.changed = sync.NewCond(&w.lock)
	return w
}

// Write implements io.Writer.
func (w *Watched) Write(p []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	defer w.changed.Broadcast()
	return w.data.Write(p)
}

// Text is all that was written.
func (w *Watched) Text() string {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.data.String()
}

// Wait blocks until text has been written.
func (w *Watched) Wait(text string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	for !strings.Contains(w.data.String(), text) {
		w.changed.Wait()
	}
}
