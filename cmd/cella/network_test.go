package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cella-secrets/cella/pantheon/emulator"
)

// serveTLSCommand starts an emulator that speaks TLS with a certificate that
// nobody trusts: serve-tls VARIABLE STATEFILE CERTIFICATE writes that into a
// file.
func serveTLSCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: serve-tls VARIABLE STATEFILE CERTIFICATE")
	}
	server, err := emulator.Open(ts.MkAbs(args[1]), emulator.Options{})
	ts.Check(err)
	web := httptest.NewUnstartedServer(server)
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	web.StartTLS()
	ts.Defer(web.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), certificate, 0o600))
	ts.Setenv(args[0], web.URL)
}
