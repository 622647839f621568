package terminal

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"

	"github.com/cella-secrets/cella/internal/testkit"
)

// environment is one in which only the given variables are set.
func environment(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestProgressIsALineNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := testkit.NewWatched()
		p := StartProgress(out, &Patient{To: out}, false, environment(nil))
		time.Sleep(11 * time.Second) // before the first request
		p.Begin("applying", 40, time.Second/3)
		p.Reach(30)
		time.Sleep(8 * time.Second)
		if out.Text() != "" {
			t.Errorf("a run shorter than ten seconds says %q", out.Text())
		}
		time.Sleep(2 * time.Second)
		p.Reach(40)
		time.Sleep(10 * time.Second)
		p.Stop()
		time.Sleep(time.Minute)
		// 10 requests, at 3 a second.
		want := "cella: applying: 10 of 40 requests left, about 4s\ncella: applying: 0 of 40 requests left\n"
		if got := out.Text(); got != want {
			t.Errorf("progress = %q, want %q", got, want)
		}
	})
}

func TestProgressEstimate(t *testing.T) {
	tests := map[string]struct {
		stage  stage
		after  time.Duration
		want   string
		reason string
	}{
		"nothing yet":  {stage{total: 30, pace: time.Second / 3}, 0, "30 of 30 requests left, about 10s", "the pace is known"},
		"at the pace":  {stage{total: 30, done: 15, pace: time.Second / 3}, 5 * time.Second, "15 of 30 requests left, about 5s", ""},
		"faster":       {stage{total: 30, done: 15, pace: time.Second / 3}, time.Second, "15 of 30 requests left, about 5s", "the first request does not wait"},
		"slower":       {stage{total: 30, done: 10, pace: time.Second / 3}, 20 * time.Second, "20 of 30 requests left, about 40s", "a slow service, or repetitions"},
		"long":         {stage{total: 3000, pace: time.Second / 3}, 0, "3000 of 3000 requests left, about 16m40s", ""},
		"unpaced":      {stage{total: 3}, time.Second, "3 of 3 requests left", "nothing says how long one takes"},
		"one":          {stage{total: 1, pace: time.Second / 3}, 0, "1 of 1 request left, about 1s", "never 0 s"},
		"none":         {stage{total: 3, done: 3, pace: time.Second}, 3 * time.Second, "0 of 3 requests left", ""},
		"more of them": {stage{total: 3, done: 5, pace: time.Second}, 5 * time.Second, "0 of 3 requests left", "what is put back comes on top"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				test.stage.began = time.Now()
				time.Sleep(test.after)
				if got := test.stage.String(); got != test.want {
					t.Errorf("%q, want %q: %s", got, test.want, test.reason)
				}
			})
		})
	}
}

// TestProgressBar: after two seconds, and not before, a bar is shown; what is
// written meanwhile stays, the bar does not.
func TestProgressBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := testkit.NewWatched()
		screen := &Screen{out: out, width: func() int { return 80 }}
		p := StartProgress(screen, &Patient{To: screen}, false, environment(nil))
		p.Begin("reading", 10, time.Second)
		time.Sleep(glance - time.Millisecond)
		synctest.Wait()
		if out.Text() != "" {
			t.Errorf("after less than two seconds: %q", out.Text())
		}
		p.Reach(5)
		time.Sleep(time.Second)
		fmt.Fprintln(screen, "cella: a note")
		time.Sleep(time.Second)
		want := []string{"cella: a note", "reading [==================>                   ] 5 of 10 requests left, about 5s"}
		if diff := cmp.Diff(want, shown(out.Text(), 80)); diff != "" {
			t.Errorf("on the terminal (-want +got):\n%s", diff)
		}
		p.Stop()
		fmt.Fprintln(screen, "cella: the end")
		want = []string{"cella: a note", "cella: the end"}
		if diff := cmp.Diff(want, shown(out.Text(), 80)); diff != "" {
			t.Errorf("at the end (-want +got):\n%s", diff)
		}
	})
}

// gone is a terminal that was closed.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, syscall.EIO }

// TestProgressOnAClosedTerminal is dropped without a word: what is written to
// the terminal meanwhile is not waited for, and neither is the end.
func TestProgressOnAClosedTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := &Screen{out: gone{}, width: func() int { return 80 }}
		p := StartProgress(screen, &Patient{To: screen}, false, environment(nil))
		p.Begin("reading", 10, time.Second)
		time.Sleep(time.Minute)
		fmt.Fprintln(screen, "cella: a note")
		p.Reach(5)
		time.Sleep(time.Minute)
		if err := p.Stop(); err != nil {
			t.Errorf("it ends with %v", err)
		}
	})
}

// TestProgressPlain names what keeps the bar away.
func TestProgressPlain(t *testing.T) {
	tests := map[string]struct {
		env   map[string]string
		quiet bool
		width int
		want  string
	}{
		"NO_COLOR":  {env: map[string]string{"NO_COLOR": "1"}, width: 80, want: "cella: reading: 3 of 3 requests left\n"},
		"CI":        {env: map[string]string{"CI": "true"}, width: 80, want: "cella: reading: 3 of 3 requests left\n"},
		"dumb":      {env: map[string]string{"TERM": "dumb"}, width: 80, want: "cella: reading: 3 of 3 requests left\n"},
		"narrow":    {width: leastCells - 1, want: "cella: reading: 3 of 3 requests left\n"},
		"no size":   {width: 0, want: "cella: reading: 3 of 3 requests left\n"},
		"--quiet":   {quiet: true, width: 80, want: ""},
		"q, not CI": {quiet: true, env: map[string]string{"CI": "true"}, width: 80, want: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := testkit.NewWatched()
				screen := &Screen{out: out, width: func() int { return test.width }}
				p := StartProgress(screen, &Patient{To: screen}, test.quiet, environment(test.env))
				p.Begin("reading", 3, 0)
				time.Sleep(progressInterval + time.Second)
				p.Stop()
				if got := out.Text(); got != test.want {
					t.Errorf("%q, want %q", got, test.want)
				}
			})
		})
	}
}

// TestProgressOnTerminal draws on real terminals of several widths, down to one
// that is narrower than what there is to say.
func TestProgressOnTerminal(t *testing.T) {
	for _, width := range []int{200, 80, 40, leastCells} {
		t.Run(strconv.Itoa(width), func(t *testing.T) {
			slave, out, closed := openTerminal(t, width)
			screen, ok := OnScreen(slave).(*Screen)
			if !ok || !Is(screen) || !screen.takesBar(environment(nil)) {
				t.Fatal("not seen as a terminal that takes a bar")
			}
			hide := screen.show(func() stage { return stage{what: "applying", total: 40, done: 10, began: time.Now()} })
			out.Wait(t, "applying ")
			fmt.Fprintln(screen, "cella: a note")
			out.Wait(t, "a note")
			out.Wait(t, "[J") // drawn again
			for _, line := range shown(out.Text(), width) {
				if cells := utf8.RuneCountInString(line); cells > width {
					t.Errorf("%d cells: %q", cells, line)
				}
			}
			hide()
			fmt.Fprintln(screen, "cella: the end")
			out.Wait(t, "the end")
			closed()
			if diff := cmp.Diff([]string{"cella: a note", "cella: the end"}, shown(out.Text(), width)); diff != "" {
				t.Errorf("left on the terminal (-want +got):\n%s\n%q", diff, out.Text())
			}
		})
	}
}

// openTerminal returns a terminal, what was written to it, and what closes it
// and waits for the last of that.
func openTerminal(t *testing.T, width int) (terminal *os.File, out *testkit.Watched, closed func()) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: uint16(width)}); err != nil {
		t.Fatal(err)
	}
	out = testkit.NewWatched()
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(out, master) // ends with an error once the terminal is closed
	}()
	return slave, out, func() {
		if err := slave.Close(); err != nil {
			t.Error(err)
		}
		<-copied
	}
}

// shown returns the lines that a terminal shows after output, without empty
// ones at the end. It knows what a bar needs: going up and erasing below, and
// lines that wrap.
func shown(output string, width int) []string {
	codes := regexp.MustCompile(`^\x1b\[(\d*)([AJ])`)
	lines := [][]rune{nil}
	row, column := 0, 0
	down := func() {
		row++
		if row == len(lines) {
			lines = append(lines, nil)
		}
	}
	for output != "" {
		if code := codes.FindStringSubmatch(output); code != nil {
			output = output[len(code[0]):]
			if code[2] == "J" {
				lines = lines[:row+1]
				lines[row] = lines[row][:min(column, len(lines[row]))]
			} else if n, err := strconv.Atoi(code[1]); err == nil {
				row = max(0, row-n)
			}
			continue
		}
		r := []rune(output)[0]
		output = output[len(string(r)):]
		switch r {
		case '\n':
			down()
			column = 0
		case '\r':
			column = 0
		default:
			if column == width {
				down()
				column = 0
			}
			lines[row] = append(lines[row][:min(column, len(lines[row]))], r)
			column++
		}
	}
	var text []string
	for _, line := range lines {
		text = append(text, string(line))
	}
	for len(text) > 0 && text[len(text)-1] == "" {
		text = text[:len(text)-1]
	}
	return text
}
