package terminal

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/cella-secrets/cella/internal/crash"
	"github.com/cella-secrets/cella/internal/words"
)

const (
	// progressInterval is how long a run may be silent where there is no
	// terminal.
	progressInterval = 10 * time.Second
	// glance is how long a run may be silent on a terminal.
	glance = 2 * time.Second
)

// Progress says on stderr how many requests are left, and about how long they
// take: on a terminal as a bar, elsewhere as a line now and then. The nil
// Progress says nothing.
type Progress struct {
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

// StartProgress begins to tell how a run goes: as a bar on stderr, where that is a
// Screen and env speaks for no plain output, or else as lines to lines. What else
// is written to stderr until Stop has to go through the same Screen, which keeps
// it clear of the bar.
func StartProgress(stderr, lines io.Writer, quiet bool, env func(string) string) *Progress {
	p := &Progress{out: lines, stopped: make(chan struct{})}
	screen, ok := stderr.(*Screen)
	switch {
	case quiet:
	case ok && screen.takesBar(env):
		p.idle = crash.Go(func() error { p.draw(screen); return nil })
	default:
		p.idle = crash.Go(func() error { p.writeLines(); return nil })
	}
	return p
}

// Begin starts a stage of total requests, of which one is sent every pace at
// most. One without requests is none.
func (p *Progress) Begin(what string, total int, pace time.Duration) {
	if p == nil || total == 0 {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stage = stage{what: what, total: total, pace: pace, began: time.Now()}
}

// Reach takes note that so many requests of the stage are done.
func (p *Progress) Reach(done int) {
	if p == nil {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stage.done = done
}

// Stop ends it; nothing is written, and nothing left on the terminal, after it
// returns. The error is a panic of what showed it.
func (p *Progress) Stop() error {
	if p == nil {
		return nil
	}
	close(p.stopped)
	if p.idle == nil {
		return nil
	}
	return <-p.idle
}

func (p *Progress) now() stage {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.stage
}

func (p *Progress) writeLines() {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if now := p.now(); now.what != "" {
				fmt.Fprintf(p.out, "cella: %s: %s\n", now.what, now)
			}
		case <-p.stopped:
			return
		}
	}
}

// draw shows a bar on the screen, if the run takes longer than a glance.
func (p *Progress) draw(screen *Screen) {
	delay := time.NewTimer(glance)
	defer delay.Stop()
	select {
	case <-delay.C:
	case <-p.stopped:
		return
	}
	hide := screen.show(p.now)
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

// Step takes note of one more request that is done.
func (p *Progress) Step() {
	if p == nil {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stage.done++
}
