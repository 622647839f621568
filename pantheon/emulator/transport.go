package emulator

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// errCut is what a client sees of a connection that was cut.
var errCut = fmt.Errorf("emulator cut the connection: %w", io.ErrUnexpectedEOF)

// Transport returns a RoundTripper that hands every request, whatever its
// host, to the Server in the goroutine of the caller: there is no socket and
// no goroutine, so it works in a bubble of testing/synctest. A request whose
// context has ended is not handed over; when the context ends later, the
// request may have taken effect, as on a real network.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

// RoundTrip answers the request as the Server would over a socket.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if request.Body != nil {
		defer request.Body.Close()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	received := request.Clone(ctx)
	received.RequestURI = request.URL.RequestURI()
	received.RemoteAddr = "127.0.0.1:0"
	written := &recorder{header: http.Header{}}
	cut := Cuts(t.server, written, received)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cut && written.status == 0 {
		return nil, errCut
	}
	return written.response(request, cut), nil
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(data []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(data)
}

func (r *recorder) Flush() {}

// Cuts has the handler answer, and reports whether it cut the connection. Any
// other panic goes on.
func Cuts(handler http.Handler, w http.ResponseWriter, request *http.Request) (cut bool) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			cut = true
		default:
			panic(reason)
		}
	}()
	handler.ServeHTTP(w, request)
	return false
}

func (r *recorder) response(request *http.Request, cut bool) *http.Response {
	var body io.Reader = &r.body
	length := int64(r.body.Len())
	if cut {
		body, length = io.MultiReader(body, failing{}), -1
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)),
		StatusCode:    r.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.header,
		Body:          io.NopCloser(body),
		ContentLength: length,
		Request:       request,
	}
}

// failing is the end of a body that never came.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }
