package checkout_test

import (
	"os"
	"strings"
	"testing"

	"github.com/cella-secrets/cella/internal/checkout"
	"github.com/cella-secrets/cella/internal/testkit"
)

// conflicted is a repository with a merge that left two conflicts in a file, and a
// change of theirs that is none.
func conflicted(t *testing.T, settings ...string) (r repository, left string) {
	t.Helper()
	r = newRepository(t)
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "=")
		r.git("config", key, value)
	}
	text := func(first, second, third string) string {
		return "head\n" + first + "\na\nb\nc\nd\ne\n" + second + "\nf\ng\nh\ni\nj\n" + third + "\nend\n"
	}
	r.write("secrets.yaml", text("1", "2", "3"))
	r.commit("1700000000")
	r.git("branch", "theirs")
	r.write("secrets.yaml", text("1 ours", "2 ours", "3"))
	r.commit("1700000001")
	r.git("checkout", "--quiet", "theirs")
	r.write("secrets.yaml", text("1 theirs", "2 theirs", "3 theirs"))
	r.commit("1700000002")
	r.git("checkout", "--quiet", "-")
	command := testkit.Command(t, "git", "merge", "--quiet", "theirs")
	command.Dir = r.folder
	if err := command.Run(); err == nil {
		t.Fatal("there is no conflict")
	}
	data, err := os.ReadFile(r.path("secrets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return r, string(data)
}

// TestLeft: only what git left, and nothing that somebody did to it, counts as that.
func TestLeft(t *testing.T) {
	r, left := conflicted(t)
	first := left[strings.Index(left, "<<<<<<< "):]
	first = first[:strings.Index(first, ">>>>>>> ")]
	first += left[strings.Index(left, ">>>>>>> "):][:strings.Index(left[strings.Index(left, ">>>>>>> "):], "\n")+1]
	tests := map[string]struct {
		text string
		left bool
	}{
		"as git left it":           {left, true},
		"with Windows' line ends":  {strings.ReplaceAll(left, "\n", "\r\n"), true},
		"other names of the sides": {strings.ReplaceAll(left, "<<<<<<< HEAD", "<<<<<<< ours"), true},
		"one resolved for ours":    {strings.Replace(left, first, "1 ours\n", 1), false},
		"one resolved for theirs":  {strings.Replace(left, first, "1 theirs\n", 1), false},
		"one resolved otherwise":   {strings.Replace(left, first, "1 mine\n", 1), false},
		"edited beside":            {strings.Replace(left, "head", "other", 1), false},
		"edited within":            {strings.Replace(left, "2 ours", "2 mine", 1), false},
		"their change removed":     {strings.Replace(left, "3 theirs", "3", 1), false},
		"a line more":              {left + "more\n", false},
	}
	c, err := checkout.Unmerged(t.Context(), plain, r.path("secrets.yaml"), 1000)
	if err != nil || c == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	if !strings.Contains(string(c.Ours), "1 ours") || !strings.Contains(string(c.Theirs), "1 theirs") || strings.Contains(string(c.Base), "s\n") {
		t.Errorf("%+v", c)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := c.Left(t.Context(), []byte(test.text)); got != test.left || err != nil {
				t.Errorf("Left = %v, %v of\n%s", got, err, test.text)
			}
		})
	}
	for _, style := range []string{"diff3", "zdiff3"} {
		r, left := conflicted(t, "merge.conflictStyle="+style)
		c, err := checkout.Unmerged(t.Context(), plain, r.path("secrets.yaml"), 1000)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Left(t.Context(), []byte(left)); !got || err != nil {
			t.Errorf("%s: %v, %v", style, got, err)
		}
	}
}

// TestUnmerged: there is none to merge where there is no conflict, or where one side
// has no such file.
func TestUnmerged(t *testing.T) {
	r, left := conflicted(t)
	if _, err := checkout.Unmerged(t.Context(), plain, r.path("secrets.yaml"), 10); err == nil {
		t.Error("a version that is too large is given")
	}
	if !checkout.HasMarkers([]byte(left)) || checkout.HasMarkers([]byte("a\n <<<<<<< b\n=======\n")) {
		t.Error("markers are not known")
	}
	r.git("rm", "--quiet", "--cached", "secrets.yaml")
	for _, file := range []string{r.path("secrets.yaml"), r.path("none.yaml"), os.DevNull} {
		if c, err := checkout.Unmerged(t.Context(), plain, file, 1000); c != nil || err != nil {
			t.Errorf("%s: %+v, %v", file, c, err)
		}
	}
}
