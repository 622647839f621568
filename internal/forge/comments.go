package forge

import (
	"context"
	"strings"
)

// Comments are those on one pull request.
type Comments interface {
	// Own returns the first comment that begins with the marker among those that
	// the token in use wrote itself; nil where there is none. What anybody else
	// wrote is never returned, whatever it begins with.
	Own(ctx context.Context, marker string) (*Comment, error)
	// Post writes a new comment.
	Post(ctx context.Context, body string) error
	// Update replaces the text of a comment that Own returned.
	Update(ctx context.Context, c *Comment, body string) error
	// Merged is the number of the pull request that a commit merged; empty where it
	// merged none. The comments are on that one from then on.
	Merged(ctx context.Context, commit string) (number string, err error)
}

// Comment is one on a pull request.
type Comment struct{ id, Body string }

// Place is the pull request that is commented on, and the token that does so.
type Place struct {
	API        string // the base address of the service's API
	Repository string // owner/name, or GitLab's number of the project
	Number     string // of the pull request
	Token      string
}

// Put posts the text, or updates the comment that an earlier run posted, which begins
// with the same line. It reports whether there was one.
func Put(ctx context.Context, on Comments, text string) (updated bool, err error) {
	marker, _, _ := strings.Cut(text, "\n")
	own, err := on.Own(ctx, marker)
	switch {
	case err != nil:
		return false, err
	case own == nil:
		return false, on.Post(ctx, text)
	case own.Body == text:
		return true, nil
	}
	return true, on.Update(ctx, own, text)
}

// begins reports whether a comment's first line is the marker. Services may have
// changed the line's end.
func begins(body, marker string) bool {
	first, _, _ := strings.Cut(body, "\n")
	return marker != "" && strings.TrimSuffix(first, "\r") == marker
}
