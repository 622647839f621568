package crash

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Go calls do in a goroutine. What it returned, or an *Error where it panicked,
// comes over the channel; nobody needs to read it.
func Go(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- Guard(do) }()
	return done
}

// Group is an errgroup.Group in which a panic is an *Error.
type Group struct{ group *errgroup.Group }

// NewGroup returns a Group of which at most limit functions run side by side.
func NewGroup(limit int) Group {
	group := new(errgroup.Group)
	group.SetLimit(limit)
	return Group{group}
}

// WithContext is NewGroup with a context that its first error ends, and the end
// of Wait.
func WithContext(ctx context.Context, limit int) (Group, context.Context) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(limit)
	return Group{group}, ctx
}

// Go calls do in a goroutine, once there is room for another.
func (g Group) Go(do func() error) {
	g.group.Go(func() error { return Guard(do) })
}

// Wait waits for all of them and returns the first error.
func (g Group) Wait() error { return g.group.Wait() }
