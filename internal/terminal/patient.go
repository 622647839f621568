package terminal

import (
	"io"
	"slices"
	"sync"
	"time"

	"github.com/cella-secrets/cella/internal/crash"
)

// patience is how long news may take to be written.
const patience = time.Second

// Patient writes news, which nothing may wait for: not for a terminal that is
// held with Ctrl-S, nor for a pipe that nobody reads. A write that takes longer
// than a second is left alone, and until it is through, others are dropped. It
// never fails.
type Patient struct {
	To io.Writer

	lock sync.Mutex
	busy <-chan error // a write under way; nil where none is
}

// Write implements io.Writer.
func (p *Patient) Write(news []byte) (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.busy != nil {
		select {
		case <-p.busy:
		default:
			return len(news), nil
		}
	}
	own := slices.Clone(news) // the caller's bytes may change while it is written
	p.busy = crash.Go(func() error {
		_, err := p.To.Write(own)
		return err
	})
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.busy:
		p.busy = nil
	case <-timer.C:
	}
	return len(news), nil
}
