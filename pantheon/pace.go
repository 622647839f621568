package pantheon

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace spaces out the requests to the secrets service, which counts them per
// user [doc]. Waiters get their turn in the order they came in.
type pace struct {
	// turn is held by the one waiter that watches the limiter. The others
	// queue behind it, so none of them has a reserved moment that a pause
	// would have to move.
	turn    chan struct{}
	limiter *rate.Limiter

	mu     sync.Mutex
	resume time.Time
}

func newPace(limit rate.Limit) *pace {
	return &pace{turn: make(chan struct{}, 1), limiter: rate.NewLimiter(limit, 1)}
}

// wait returns when the next request may be sent, or with ctx.Err().
func (p *pace) wait(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turn }()
	for {
		if err := sleep(ctx, p.paused()); err != nil {
			return err
		}
		if err := p.limiter.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			// The limiter foresees that the deadline passes first.
			return context.DeadlineExceeded
		}
		// A pause may have begun meanwhile; the moment is then given up.
		if p.paused() <= 0 {
			return ctx.Err()
		}
	}
}

// pause holds every request back for d from now. A longer pause that is
// already under way stays.
func (p *pace) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if resume := time.Now().Add(d); resume.After(p.resume) {
		p.resume = resume
	}
}

func (p *pace) paused() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.resume)
}

// sleep waits for d, or returns ctx.Err().
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
