package pantheon

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is how many rows a page of memberships may hold [client]; maxPages
// bounds what a list without an end could take of memory and time.
const (
	pageSize = 100
	maxPages = 1000
)

// membershipRow is a row of a list that comes in pages.
type membershipRow interface{ rowID() string }

// allRows reads every page of a list, each row once, in the order of the
// reply. r has the operation, its owner and the path; complete says whether a
// row has what it must have.
func allRows[T membershipRow](ctx context.Context, c *Client, r request, complete func(T) bool) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	for start, more, pages := "", true, 0; more; pages++ {
		if pages == maxPages {
			return nil, (&run{request: r}).fail(malformed("the list does not end"))
		}
		rows, err := onePage(ctx, c, r, start, complete)
		if err != nil {
			return nil, err
		}
		// A page may begin with the row it starts from, and one that brings
		// nothing new ends the list [client].
		more = len(rows) >= pageSize && !seen[rows[len(rows)-1].rowID()]
		for _, row := range rows {
			if start = row.rowID(); !seen[start] {
				seen[start] = true
				all = append(all, row)
			}
		}
	}
	return all, nil
}

// onePage returns one page, after the row with the id start.
func onePage[T membershipRow](ctx context.Context, c *Client, r request, start string, complete func(T) bool) ([]T, error) {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
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
			if row.rowID() == "" || !complete(row) {
				return malformed("a membership has no id")
			}
		}
		return nil
	}
	_, err := c.do(ctx, r)
	return rows, err
}
