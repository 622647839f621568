package emulatortest

import (
	"net/http"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// TransientText is the message of the 403 that says nothing of permissions
// and goes away by itself [doc].
const TransientText = "MAS response status: 500 Internal Server Error"

// TransientForbidden is the 403 that is transient.
func TransientForbidden() Fault {
	return Fault{Status: http.StatusForbidden, ContentType: "application/json", Body: `"` + TransientText + `"`}
}

// MaintenancePage is an HTML page with status 200 in the place of an answer.
func MaintenancePage() Fault {
	return Fault{
		Status:      http.StatusOK,
		ContentType: "text/html; charset=utf-8",
		Body:        "<!DOCTYPE html><html><body><h1>Scheduled maintenance</h1></body></html>",
	}
}

// TooMany is a 429. RetryAfter is the header's value, "" for none.
func TooMany(retryAfter string) Fault {
	fault := Fault{Status: http.StatusTooManyRequests, Body: "Too many requests."}
	if retryAfter != "" {
		fault.Header = http.Header{"Retry-After": {retryAfter}}
	}
	return fault
}

// Redirect sends the client elsewhere.
func Redirect(location string) Fault {
	return Fault{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {location}}}
}

// TakesTooMuch lets every deletion at a site take the organization's secret of
// that name along. Nothing says that the service does; nobody has tried.
func TakesTooMuch() Fault {
	return Fault{Operation: emulator.DeleteSecret, Times: -1, TakesOrganization: true}
}

// RefusedText is what the service says of a machine token that it refuses
// [recorded].
const RefusedText = "Authorization failed. Please check that your machine token is valid."

// TokenRefused refuses the machine token, however often it is tried. Both 401
// and 500 are known for that [recorded].
func TokenRefused(status int) Fault {
	return Fault{Operation: emulator.SignIn, Times: -1, Status: status, Body: RefusedText}
}

// TooManySignIns is the limit of sign-ins in a period [doc], however often it
// is tried.
func TooManySignIns() Fault {
	return Fault{Operation: emulator.SignIn, Times: -1, Status: http.StatusTooManyRequests, Body: "Too Many Requests"}
}

// SessionRefused is the 401 for a session that is too fresh to be known
// everywhere.
func SessionRefused() Fault {
	return Fault{Status: http.StatusUnauthorized, Body: "The session is not valid, or has expired."}
}
