package emulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// Operation says what a request asks for.
type Operation string

// The operations; Unknown is everything else.
const (
	SignIn                Operation = "sign in"
	ReadUser              Operation = "read user"
	FindSite              Operation = "find site"
	ReadSite              Operation = "read site"
	ListEnvironments      Operation = "list environments"
	ListOrganizations     Operation = "list organizations"
	ListOrganizationSites Operation = "list organization sites"
	ListUserSites         Operation = "list user sites"
	Track                 Operation = "track"
	ListSecrets           Operation = "list secrets"
	CreateSecret          Operation = "create secret"
	SetDefault            Operation = "set default"
	SetOverride           Operation = "set override"
	RemoveOverride        Operation = "remove override"
	DeleteSecret          Operation = "delete secret"
	Unknown               Operation = "unknown"
)

// form is how a request has to carry its session.
type form uint8

const (
	open   form = iota // no session needed
	bearer             // Authorization: Bearer SESSION
	bare               // Authorization: SESSION, the secrets service's way [client]
)

// route is one row of the protocol. In its pattern, * stands for one segment,
// which is handed over as an argument, decoded once.
type route struct {
	method    string
	pattern   string
	operation Operation
	form      form
	changes   bool
	handle    func(*Server, *world, *call) Reply
}

// routes is the protocol.
func routes() []route {
	const sites, organizations = "/customer-secrets/v1/sites/*/secrets", "/customer-secrets/v1/organizations/*/secrets"
	return []route{
		{http.MethodPost, "/api/authorize/machine-token", SignIn, open, false, (*Server).signIn},
		{http.MethodPost, "/api/track", Track, open, false, (*Server).track},
		{http.MethodGet, "/api/users/*", ReadUser, bearer, false, (*Server).readUser},
		{http.MethodGet, "/api/users/*/memberships/organizations", ListOrganizations, bearer, false, (*Server).listOrganizations},
		{http.MethodGet, "/api/users/*/memberships/sites", ListUserSites, bearer, false, (*Server).listUserSites},
		{http.MethodGet, "/api/organizations/*/memberships/sites", ListOrganizationSites, bearer, false, (*Server).listOrganizationSites},
		{http.MethodGet, "/api/site-names/*", FindSite, bearer, false, (*Server).findSite},
		{http.MethodGet, "/api/sites/*", ReadSite, bearer, false, (*Server).readSite},
		{http.MethodGet, "/api/sites/*/environments", ListEnvironments, bearer, false, (*Server).listEnvironments},
		{http.MethodGet, sites + "/showall", ListSecrets, bare, false, (*Server).listSecrets},
		{http.MethodGet, organizations, ListSecrets, bare, false, (*Server).listSecrets},
		{http.MethodPost, sites, CreateSecret, bare, true, (*Server).createSecret},
		{http.MethodPost, organizations, CreateSecret, bare, true, (*Server).createSecret},
		{http.MethodPatch, sites + "/*", SetDefault, bare, true, (*Server).patchSecret},
		{http.MethodPatch, organizations + "/*", SetDefault, bare, true, (*Server).patchSecret},
		{http.MethodDelete, sites + "/*", DeleteSecret, bare, true, (*Server).deleteSecret},
		{http.MethodDelete, organizations + "/*", DeleteSecret, bare, true, (*Server).deleteSecret},
	}
}

// call is one request as it was understood.
type call struct {
	route         route
	operation     Operation
	arguments     []string // the decoded segments that * stood for
	kind          kind     // of the owner; "" where there is none
	authorization string
	query         url.Values
	body          []byte
	account       string // who asks, once admitted
	// takesOrganization: see Exchange.
	takesOrganization bool
}

// resolve finds the route and, for a PATCH, what its body asks for.
func (c *call) resolve(routes []route, method, path string) {
	c.route = route{operation: Unknown, handle: notFound}
	for _, r := range routes {
		arguments, matches := match(r.pattern, path)
		if !matches {
			continue
		}
		if r.method != method {
			c.route.handle = notAllowed
			continue
		}
		c.route, c.arguments = r, arguments
		break
	}
	c.operation = c.route.operation
	if len(c.arguments) > 0 && c.operation != FindSite {
		c.arguments[0] = oneForm(c.arguments[0])
	}
	switch {
	case strings.HasPrefix(c.route.pattern, "/customer-secrets/v1/sites/"), strings.HasPrefix(c.route.pattern, "/api/sites/"):
		c.kind = siteKind
	case strings.HasPrefix(c.route.pattern, "/customer-secrets/v1/organizations/"), strings.HasPrefix(c.route.pattern, "/api/organizations/"):
		c.kind = organizationKind
	}
	if c.operation == SetDefault {
		c.operation = patchOperation(c.body)
	}
}

// match compares segment by segment and decodes each once, so that neither an
// escaped slash nor an escaped percent sign changes what a name is.
func match(pattern, path string) (arguments []string, matches bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	for i, segment := range got {
		decoded, err := url.PathUnescape(segment)
		switch {
		case err != nil:
			return nil, false
		case want[i] == "*" && decoded != "":
			arguments = append(arguments, decoded)
		case want[i] != decoded:
			return nil, false
		}
	}
	return arguments, true
}

// name is the secret that the path names, "" where it names none.
func (c *call) name() string {
	if c.route.form == bare && len(c.arguments) == 2 {
		return c.arguments[1]
	}
	return ""
}

// refuse answers with an error in the form of the service asked: a JSON string
// from the secrets service, plain text from the base API [client].
func (c *call) refuse(status int, text string) Reply {
	if c.route.form == bare {
		return jsonReply(status, text)
	}
	return textReply(status, text)
}

func textReply(status int, text string) Reply {
	return Reply{Status: status, ContentType: "text/plain; charset=utf-8", Body: []byte(text)}
}

// jsonReply marshals only what this package builds, which cannot fail.
func jsonReply(status int, value any) Reply {
	body, err := json.Marshal(value)
	if err != nil {
		return broken(err)
	}
	return Reply{Status: status, ContentType: "application/json", Body: body}
}

func notFound(_ *Server, _ *world, c *call) Reply {
	return c.refuse(http.StatusNotFound, "Not Found")
}

func notAllowed(_ *Server, _ *world, c *call) Reply {
	return c.refuse(http.StatusMethodNotAllowed, "Method Not Allowed")
}
