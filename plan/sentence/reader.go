package sentence

import (
	"fmt"
	"strings"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

func unreadOnNextJS(s subject) (string, string) {
	return unread(s, "on a Next.js site", "`type: env` and the scope web"), ""
}

func unreadOnPHP(s subject) (string, string) {
	return unread(s, "on a WordPress or Drupal site", "`type: runtime` and the scope web, or the scope ic for builds by Integrated Composer"), ""
}

// unread says which secrets nothing reads, and what they need to be read.
func unread(s subject, here, need string) string {
	they := "they need"
	if s.Count == 1 {
		they = "it needs"
	}
	said := fmt.Sprintf("no application and no build reads %s: %s; %s %s %s; for what is on Pantheon already that is a replacement, which the plan will show",
		words.Count(s.Count, "secret"), someSecrets(s.Secrets, s.Count), here, they, need)
	if s.External {
		said += "; what is `external: true` has to be replaced where it is set"
	}
	return said
}

// sameKeyInDrupal names those together that are one key.
func sameKeyInDrupal(s subject) (string, string) {
	var keys []string
	for from := 0; from < len(s.Secrets); {
		to := from + 1
		for to < len(s.Secrets) && reader.Folded(s.Secrets[to]) == reader.Folded(s.Secrets[from]) {
			to++
		}
		keys = append(keys, strings.Join(quoted(s.Secrets[from:to]), " and "))
		from = to
	}
	more := ""
	if n := s.Count - len(s.Secrets); n > 0 {
		more = fmt.Sprintf(", and for %d more", n)
	}
	return "if this site uses Drupal's module pantheon_secrets, it has only one key for " + strings.Join(keys, ", for ") + more +
		", and only one of the values; rename all but one", ""
}

// someSecrets are the first few names, and how many more of count there are.
func someSecrets(names []secret.Name, count int) string {
	const most = 5
	said := strings.Join(quoted(names[:min(len(names), most)]), ", ")
	if more := count - most; more > 0 {
		said += fmt.Sprintf(" and %d more", more)
	}
	return said
}

func quoted(names []secret.Name) []string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = words.Quote(string(name))
	}
	return texts
}
