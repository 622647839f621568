package plan

import (
	"slices"

	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// MaxNamedSecrets is the most secrets that Facts name. The others are counted.
const MaxNamedSecrets = 20

// UnreadWarning warns of those of a site's secrets that no application and no build
// reads because of what runs the site. What the manifest retires, and names of
// cella's own, are none of them. It is false where nothing is unread, or what runs the
// site is not known.
func UnreadWarning(site secret.Owner, secrets []secret.DesiredSecret, on reader.Framework) (Warning, bool) {
	w := Warning{Code: CodeUnreadOnPHP, Owner: site}
	if on.NextJS() {
		w.Code = CodeUnreadOnNextJS
	}
	var names []secret.Name
	for _, s := range secrets {
		if s.Retire == "" && !s.Name.Reserved() && reader.Idle(s.Type, s.Scopes, on) {
			names = append(names, s.Name)
			w.Facts.External = w.Facts.External || s.External
		}
	}
	slices.Sort(names)
	w.Facts.Count, w.Facts.Secrets = len(names), names[:min(len(names), MaxNamedSecrets)]
	return w, len(names) > 0
}
