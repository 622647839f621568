// Package testkit has what the tests of several packages share. Nothing else may
// import it.
package testkit

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Ends fails a test whose work grows faster than its input: it would take hours.
func Ends(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
}

// Numbered joins n texts, each made of a number.
func Numbered(n int, form string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, form, i)
	}
	return out.String()
}

// Allocated is how many bytes were allocated in do.
func Allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
