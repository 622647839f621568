package pantheon

import (
	"errors"

	"github.com/cella-secrets/cella/internal/hint"
)

// Reason is why a request failed, where that is known and people can do
// something about it. It is stable; the words of an Error are not.
type Reason string

// The reasons. The zero Reason is none of them.
const (
	// TokenRefused: signing in was refused.
	TokenRefused Reason = "token-refused"
	// sessionRefused: signing in worked, and the sessions were refused.
	sessionRefused Reason = "session-refused"
	// signInLimit: too many sign-ins in a while.
	signInLimit Reason = "sign-in-limit"
	// inBetween: a page, or a redirect, came instead of an answer, so something on
	// the way there answered.
	inBetween Reason = "in-between"

	// nameNotFound: the host's name, or a proxy's, cannot be looked up.
	nameNotFound Reason = "name-not-found"
	// connectionRefused: the machine is there and nothing listens.
	connectionRefused Reason = "connection-refused"
	// noRoute: there is no way to the machine.
	noRoute Reason = "no-route"
	// notConnected: no connection came about in time.
	notConnected Reason = "not-connected"
	// notAnswered: there was a connection, and no answer in time.
	notAnswered Reason = "not-answered"
	// unknownAuthority: this machine does not trust who signed the certificate.
	unknownAuthority Reason = "unknown-authority"
	// certificateDate: the certificate has expired, or is not valid yet.
	certificateDate Reason = "certificate-date"
	// certificateName: the certificate is that of another host.
	certificateName Reason = "certificate-name"
	// tlsFailed: the server does not speak TLS, or not such that both agree.
	tlsFailed Reason = "tls-failed"
	// proxyFailed: the proxy cannot be reached.
	proxyFailed Reason = "proxy-failed"
	// proxyRefused: the proxy does not let the request pass.
	proxyRefused Reason = "proxy-refused"
	// proxySetting: the environment names a proxy in a way that is no address.
	proxySetting Reason = "proxy-setting"
)

// tokenPage is where people make tokens.
const tokenPage = "https://dashboard.pantheon.io/personal-settings/machine-tokens"

// newToken says how to come by a token.
const newToken = "create a personal access token at " + tokenPage + " and set PANTHEON_MACHINE_TOKEN to it"

// ownAuthority says how to make a company's certificate known. Go reads these
// variables on Linux and the BSDs; elsewhere the system decides.
const ownAuthority = "if your company's proxy inspects TLS, ask for its root certificate as a PEM file and set SSL_CERT_FILE to a file " +
	"that holds it (macOS and Windows: add it to the system's trusted certificates)"

// Hint returns the next steps for the reason of the error, or else for what was
// asked.
func (e *Error) Hint() *hint.Error {
	h := &hint.Error{Err: e, Next: e.Reason.next()}
	if errors.Is(e.Err, ErrCredentials) {
		h.Class = hint.Credentials
	}
	switch {
	case len(h.Next) > 0:
	case h.Class == hint.Credentials:
		h.Next = TokenRefused.next()
	case errors.Is(e.Err, ErrNotFound) && e.Op == OpFindSite:
		h.Next = []string{"check the name; `terminus site:list` shows the sites of this token's account"}
	case errors.Is(e.Err, ErrForbidden):
		h.Next = []string{"the account of this token needs a role on this site or organization: ask somebody who manages its team, or use another account's token"}
	case errors.Is(e.Err, ErrUnavailable):
		h.Next = []string{"the service is down, or something between cuts connections: try again later; --api and CELLA_API name another service"}
	case errors.Is(e.Err, ErrNotFound) && e.Op == OpList:
		h.Next = []string{"nothing has this id: correct it in the manifest, or remove a site's `id` so that cella looks it up"}
	case e.Err == nil:
		h.Next = []string{"run the command again; if it ends the same way, tell Pantheon's support the time and the message above"}
	}
	return h
}

// next are the steps for a reason, none for the zero one.
func (r Reason) next() []string {
	switch r {
	case TokenRefused:
		return []string{
			"personal access tokens expire after 90 days, and old machine tokens can be revoked; the token may also be cut short",
			newToken,
		}
	case sessionRefused:
		return []string{"signing in worked, so the token is right: run the command again in a minute; if it ends the same way, tell Pantheon's support"}
	case signInLimit:
		return []string{
			"wait some minutes, then run the command again; trying more often makes the wait longer",
			"all runs with this account's tokens count, those of Terminus too: let scheduled pipelines run less often, or not at the same time",
		}
	case inBetween:
		return []string{"a firewall, a proxy or a network that asks you to sign in first answered in Pantheon's place, or --api or CELLA_API names another service: " +
			"let this machine reach the host at port 443"}
	case nameNotFound:
		return []string{"check the network, the DNS server and the host name in --api or CELLA_API"}
	case connectionRefused:
		return []string{"nothing listens there: check the address in --api or CELLA_API; a firewall may refuse it too"}
	case noRoute, notConnected:
		return []string{"a firewall may drop the connection: let this machine reach the host at port 443, or set HTTPS_PROXY if there is a proxy"}
	case notAnswered:
		return []string{"the service is slow or down: try again later"}
	case unknownAuthority:
		return []string{ownAuthority}
	case certificateDate:
		return []string{"check this machine's clock; if it is right, the server's certificate has to be renewed"}
	case certificateName:
		return []string{"another machine answered: check the address in --api or CELLA_API, and whether a network asks you to sign in first"}
	case tlsFailed:
		return []string{"check the address in --api or CELLA_API; a proxy that only knows old versions of TLS ends like this too"}
	case proxyFailed:
		return []string{"check the proxy's address in HTTPS_PROXY; NO_PROXY names the hosts to reach without it"}
	case proxyRefused:
		return []string{"ask who runs the proxy to let the host pass; write user name and password in HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT"}
	case proxySetting:
		return []string{"write HTTPS_PROXY as in http://HOST:PORT; characters such as @ or / in a password are written as %40 and %2F"}
	}
	return nil
}
