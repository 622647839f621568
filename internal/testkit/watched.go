package testkit

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
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

// Wait blocks until text has been written, and fails the test where nobody does.
func (w *Watched) Wait(t testing.TB, text string) {
	t.Helper()
	late := false
	timer := time.AfterFunc(time.Minute, func() {
		w.lock.Lock()
		defer w.lock.Unlock()
		late = true
		w.changed.Broadcast()
	})
	defer timer.Stop()
	w.lock.Lock()
	defer w.lock.Unlock()
	for !strings.Contains(w.data.String(), text) {
		if late {
			t.Errorf("%q is not written:\n%s", text, &w.data)
			return
		}
		w.changed.Wait()
	}
}
