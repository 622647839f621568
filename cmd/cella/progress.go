package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
)

const (
	// progressInterval is how long a run may be silent where there is no
	// terminal.
	progressInterval = 10 * time.Second
	// glance is how long a run may be silent on a terminal.
	glance = 2 * time.Second
)

// progress says on stderr how many requests are left, and about how long they
// take: on a terminal as a bar, elsewhere as a line now and then. The nil
// progress says nothing.
type progress struct {
	out     io.Writer
	lock    sync.Mutex
	stage   stage
	stopped chan struct{}
	idle    <-chan error // once nothing is shown any more; nil where nothing was
}

// stage is one part of a run.
type stage struct {
	what        string
	done, total int           // requests, repetitions not counted
	pace        time.Duration // the least time that one of them takes
	began       time.Time
}

// startProgress begins to tell how a run goes. What else is written to stderr
// until stop has to go through std.err, which keeps it clear of the bar.
func startProgress(std streams, flags *outputFlags) *progress {
	p := &progress{out: flags.news(std), stopped: make(chan struct{})}
	terminal, ok := std.err.(*screen)
	switch {
	case flags.quiet:
	case ok && terminal.takesBar(std.env):
		p.idle = crash.Go(func() error { p.draw(terminal); return nil })
	default:
		p.idle = crash.Go(func() error { p.writeLines(); return nil })
	}
	return p
}

// begin starts a stage of total requests, of which one is sent every pace at
// most. One without requests is none.
func (p *progress) begin(what string, total int, pace time.Duration) {
	if p == nil || total == 0 {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stage = stage{what: what, total: total, pace: pace, began: time.Now()}
}

// reach takes note that so many requests of the stage are done.
func (p *progress) reach(done int) {
	if p == nil {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stage.done = done
}

// stop ends it; nothing is written, and nothing left on the terminal, after it
// returns. The error is a panic of what showed it.
func (p *progress) stop() error {
	if p == nil {
		return nil
	}
	close(p.stopped)
	if p.idle == nil {
		return nil
	}
	return <-p.idle
}

func (p *progress) now() stage {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.stage
}

func (p *progress) writeLines() {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if now := p.now(); now.what != "" {
				writeLine(p.out, "cella: %s: %s", now.what, now)
			}
		case <-p.stopped:
			return
		}
	}
}

// draw shows a bar on terminal, if the run takes longer than a glance.
func (p *progress) draw(terminal *screen) {
	delay := time.NewTimer(glance)
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-p.stopped:
		return
	}
	hide := terminal.show(p.now)
	<-p.stopped
	hide()
}

// String says what is left. The time is that of the pace, or of how fast it
// went until now, whichever is slower.
func (s stage) String() string {
	left := max(0, s.total-s.done)
	each := s.pace
	if s.done > 0 {
		each = max(each, time.Since(s.began)/time.Duration(s.done))
	}
	text := fmt.Sprintf("%d of %s left", left, words.Count(s.total, "request"))
	if left == 0 || each == 0 {
		return text
	}
	about := (time.Duration(left)*each + time.Second - 1).Truncate(time.Second)
	return text + ", about " + about.String()
}

// counting calls read, and takes note of each that returned.
func counting[T any](p *progress, read func(context.Context, secret.Owner) (T, error)) func(context.Context, secret.Owner) (T, error) {
	return func(ctx context.Context, owner secret.Owner) (T, error) {
		result, err := read(ctx, owner)
		if p != nil {
			p.lock.Lock()
			defer p.lock.Unlock()
			p.stage.done++
		}
		return result, err
	}
}
