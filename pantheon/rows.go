package pantheon

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/cella-secrets/cella/secret"
)

// pageSize is how many rows a page of memberships may hold [client];
// otherPageSize is what a list is read with again where paging did not come to
// an end, so that no page ends where one did before. maxPages bounds what a
// list without an end could take of memory and time.
const (
	pageSize      = 100
	otherPageSize = 97
	maxPages      = 1000
)

// membershipRow is a row of a list that comes in pages.
type membershipRow interface {
	// cursor is the row's own id, as it came: the next page starts behind it.
	cursor() string
	// party is who the row is about. Its id tells rows apart.
	party() secret.Owner
	// complete says whether the row has what it must have besides an id.
	complete() bool
}

// allRows reads every page of a list, each party once, in the order of the
// reply. r has the operation, its owner and the path. The list is whole, or the
// error says why it could not be read:
//
//  1. A page of fewer rows than were asked for is the last.
//  2. A full page that brings nothing new is never the end: the service
//     answers with the first page where it does not know the start [measured].
//     It is asked for once more, and then the list is read again, in pages of
//     another size.
//  3. That one counts if it comes to an end by rule 1 and has everybody that
//     the first had.
func allRows[T membershipRow](ctx context.Context, c *Client, r request) ([]T, error) {
	first, err := readRows[T](ctx, c, r, pageSize)
	if err != nil || first.ended {
		return first.rows, err
	}
	again, err := readRows[T](ctx, c, r, otherPageSize)
	if err != nil {
		return nil, err
	}
	if !again.ended || !again.holds(first) {
		return nil, (&run{request: r}).fail(malformed("the pages of the list do not fit together"))
	}
	return again.rows, nil
}

// pages is what the pages of a list had.
type pages[T membershipRow] struct {
	rows  []T
	names map[string]string // of the parties, by id
	// ended: the last page was not full.
	ended bool
}

// readRows reads pages of one size until one is not full, or one that is full
// brings nothing new twice.
func readRows[T membershipRow](ctx context.Context, c *Client, r request, size int) (pages[T], error) {
	read := pages[T]{names: map[string]string{}}
	start, stuck := "", false
	for range maxPages {
		rows, err := onePage[T](ctx, c, r, start, size)
		if err != nil {
			return pages[T]{}, err
		}
		fresh, fits := read.add(rows)
		switch {
		case !fits:
			return pages[T]{}, (&run{request: r}).fail(malformed("the list has one id under two names"))
		case len(rows) < size:
			read.ended = true
			return read, nil
		case !fresh && stuck:
			return read, nil
		}
		if stuck = !fresh; !stuck {
			start = rows[len(rows)-1].cursor()
		}
	}
	return pages[T]{}, (&run{request: r}).fail(malformed("the list does not end"))
}

// add takes the rows of a page. fresh says that one of them is new; fits is
// false where a party has another name than before.
func (p *pages[T]) add(rows []T) (fresh, fits bool) {
	for _, row := range rows {
		party := row.party()
		name, known := p.names[party.ID]
		switch {
		case !known:
			p.names[party.ID] = party.Name
			p.rows, fresh = append(p.rows, row), true
		case name != party.Name:
			return fresh, false
		}
	}
	return fresh, true
}

// holds reports whether everybody of other is there.
func (p *pages[T]) holds(other pages[T]) bool {
	for id := range other.names {
		if _, found := p.names[id]; !found {
			return false
		}
	}
	return true
}

// onePage returns one page of at most size rows, after the row whose cursor is
// start.
func onePage[T membershipRow](ctx context.Context, c *Client, r request, start string, size int) ([]T, error) {
	query := url.Values{"limit": {strconv.Itoa(size)}}
	if start != "" {
		query.Set("start", start)
	}
	var rows []T
	r.method, r.query, r.service, r.limit = http.MethodGet, query, lookUpService, lookUpLimit
	r.accept = func(body []byte) error {
		rows = nil
		if err := decodeAnswer(body, &rows); err != nil {
			return err
		}
		if rows == nil {
			return malformed("the answer is not a list")
		}
		for _, row := range rows {
			switch {
			case row.cursor() == "" || !row.complete():
				return malformed("a membership has no id")
			case row.party().ID == "":
				return malformed("the id of a membership is not a UUID")
			}
		}
		return nil
	}
	_, err := c.do(ctx, r)
	return rows, err
}
