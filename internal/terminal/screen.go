package terminal

import (
	"io"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/cella-secrets/cella/internal/cilog"
)

const (
	// barCells is how long a bar is at most, leastBarCells at least: where
	// there is less room, the words stand alone.
	barCells, leastBarCells = 40, 8
	// leastCells is the narrowest terminal that a bar is shown on: what it
	// says would not fit.
	leastCells = 30
)

// Screen is stderr on a terminal. While a bar is shown, what is written goes
// above it.
type Screen struct {
	out   io.Writer
	inert cilog.Filter // some CI systems give a job a terminal
	width func() int   // in cells, 0 where it is not known

	lock sync.Mutex
	bars *mpb.Progress // nil where no bar is shown
}

// OnScreen wraps stderr where it is a terminal.
func OnScreen(stderr io.Writer) io.Writer {
	file, ok := stderr.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return cilog.NewWriter(stderr)
	}
	return &Screen{out: file, width: func() int {
		width, _, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 0
		}
		return width
	}}
}

// takesBar reports whether a bar can be shown, and nobody asked to keep the
// output plain.
func (s *Screen) takesBar(env func(string) string) bool {
	return s.width() >= leastCells && env("NO_COLOR") == "" && env("CI") == "" && env("TERM") != "dumb"
}

// Write writes above the bar, if there is one.
func (s *Screen) Write(p []byte) (int, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	inert := s.inert.Inert(p)
	if s.bars != nil {
		// It fails only once the bar is gone, which takes no notice of
		// errors of the terminal.
		if _, err := s.bars.Write(inert); err == nil {
			return len(p), nil
		}
	}
	if n, err := s.out.Write(inert); err != nil {
		return min(n, len(p)), err
	}
	return len(p), nil
}

// show draws a bar of what now returns until hide is called, which leaves no
// trace of it.
func (s *Screen) show(now func() stage) (hide func()) {
	s.lock.Lock()
	defer s.lock.Unlock()
	bars := mpb.New(mpb.WithOutput(s.out), mpb.WithAutoRefresh())
	style := mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]").Build()
	filler := mpb.BarFillerFunc(func(w io.Writer, at decor.Statistics) error {
		if at.AvailableWidth < leastBarCells {
			return nil
		}
		stage := now()
		at.Current, at.Total = int64(min(stage.done, stage.total)), int64(stage.total)
		at.AvailableWidth-- // for the space below
		if err := style.Fill(w, at); err != nil {
			return err
		}
		_, err := io.WriteString(w, " ")
		return err
	})
	// A bar without total never completes by itself. None can be added where the
	// terminal is gone.
	bar, err := bars.Add(0, filler, mpb.BarWidth(barCells), mpb.BarFillerTrim(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return now().what + " " })),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return now().String() })))
	if err != nil {
		return func() {}
	}
	s.bars = bars
	return func() {
		s.lock.Lock()
		defer s.lock.Unlock()
		bar.Abort(true)
		bars.Wait()
		s.bars = nil
	}
}

// Is reports whether a stream is an open terminal, also behind what this package
// and cilog put in front of it.
func Is(stream any) bool {
	if _, ok := stream.(*Screen); ok {
		return true
	}
	file, ok := behind(stream)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Paints reports whether a stream is a terminal that shows colours.
func Paints(stream any) bool {
	file, ok := behind(stream)
	return ok && term.IsTerminal(int(file.Fd())) && paints(int(file.Fd()))
}

// behind is the file that a stream writes to or reads from.
func behind(stream any) (file *os.File, ok bool) {
	switch wrapped := stream.(type) {
	case *Outlet:
		return behind(wrapped.To)
	case *cilog.Writer:
		return behind(wrapped.Unwrap())
	}
	file, ok = stream.(*os.File)
	return file, ok
}
