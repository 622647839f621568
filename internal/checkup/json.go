package checkup

import (
	"io"

	"github.com/cella-secrets/cella/plan/view"
)

// checkupJSON is the document of --format json.
type checkupJSON struct {
	FormatVersion string        `json:"format_version"`
	File          string        `json:"file"`
	Valid         bool          `json:"valid"`
	Decrypted     bool          `json:"decrypted"`
	Error         string        `json:"error,omitempty"`
	Problems      []problemJSON `json:"problems"`
}

type problemJSON struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Path     string `json:"path,omitempty"`
	Message  string `json:"message"`
	Remedy   string `json:"remedy,omitempty"`
}

func (c Checkup) document() checkupJSON {
	document := checkupJSON{FormatVersion: "1", File: c.File, Valid: c.valid(), Decrypted: c.decrypted(), Problems: []problemJSON{}}
	if c.Unread != nil {
		document.Error = c.Unread.Error()
	}
	for _, p := range c.Problems {
		document.Problems = append(document.Problems,
			problemJSON{p.Severity(c.strict), p.Code, p.Pos.Line, p.Pos.Column, p.Path, p.Message, p.Remedy})
	}
	return document
}

// severalJSON is the document of --format json for several files; of one, it is
// that file's alone.
type severalJSON struct {
	FormatVersion string        `json:"format_version"`
	Valid         bool          `json:"valid"`
	Decrypted     bool          `json:"decrypted"`
	Files         []checkupJSON `json:"files"`
}

func (all List) json(w io.Writer) error {
	if len(all) == 1 {
		return view.Document(w, all[0].document())
	}
	document := severalJSON{FormatVersion: "1", Valid: all.every(Checkup.valid), Decrypted: all.every(Checkup.decrypted)}
	for _, c := range all {
		document.Files = append(document.Files, c.document())
	}
	return view.Document(w, document)
}
