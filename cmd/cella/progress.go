package main

import (
	"io"
	"sync"
	"time"

	"github.com/cella-secrets/cella/apply"
)

// progressInterval is how long a run may be silent.
const progressInterval = 10 * time.Second

// progress says on stderr now and then how much is left.
type progress struct {
	out     io.Writer
	lock    sync.Mutex
	tried   int
	planned int
	stopped chan struct{}
	idle    sync.WaitGroup
}

// startProgress begins to write lines to out, which may be io.Discard.
func startProgress(out io.Writer) *progress {
	p := &progress{out: out, stopped: make(chan struct{})}
	ticker := time.NewTicker(progressInterval)
	p.idle.Go(func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.write()
			case <-p.stopped:
				return
			}
		}
	})
	return p
}

func (p *progress) write() {
	p.lock.Lock()
	defer p.lock.Unlock()
	writeLine(p.out, "cella: %d of %d changes tried", p.tried, p.planned)
}

// observe takes note of a step.
func (p *progress) observe(event apply.Event) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.tried, p.planned = event.Tried, event.Planned
}

// stop ends the lines; none is written after it returns.
func (p *progress) stop() {
	close(p.stopped)
	p.idle.Wait()
}
