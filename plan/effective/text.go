package effective

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cella-secrets/cella/internal/words"
	"github.com/cella-secrets/cella/plan/view"
	"github.com/cella-secrets/cella/secret"
	"github.com/cella-secrets/cella/secret/reader"
)

// textWidth is the longest line of a text, in columns, where names are not longer.
const textWidth = 100

// hang writes what begins a line and lets the text follow, wrapped; its further
// lines are indented.
func hang(out io.Writer, begun string, indent int, said string) {
	lines := words.Wrap(said, textWidth-words.Width(begun), textWidth-indent)
	fmt.Fprintln(out, begun+strings.Join(lines, "\n"+strings.Repeat(" ", indent)))
}

// Text writes the report for people: a table of all environments, or of
// one environment a paragraph for each secret. Ages are counted from now.
func (r Report) Text(w io.Writer, now time.Time) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, r.heading())
	fmt.Fprintln(out)
	switch {
	case len(r.Secrets) == 0:
		fmt.Fprintln(out, "No secret reaches it.")
	case len(r.Environments) == 1:
		for i, one := range r.Secrets {
			if i > 0 {
				fmt.Fprintln(out)
			}
			outcomeText(out, one.Name, one.Environments[0], r.Framework, now)
		}
	default:
		overview(out, r)
	}
	for i, note := range r.Notes {
		if i == 0 {
			fmt.Fprintln(out, "\nNotes:")
		}
		hang(out, "  ", 4, note.Message+" ["+note.Code+"]")
	}
	return out.Flush()
}

// heading is such as "site:shop.live (drupal8), in org:agency".
func (r Report) heading() string {
	heading := r.Site.String()
	if len(r.Environments) == 1 {
		heading += "." + words.Quote(string(r.Environments[0]))
	}
	if r.Framework != "" {
		heading += " (" + words.Quote(string(r.Framework)) + ")"
	}
	switch {
	case r.Organization != nil && r.OrganizationFrom == secret.ByManifest:
		heading += ", assumed to be in " + r.Organization.String()
	case r.Organization != nil:
		heading += ", in " + r.Organization.String()
	default:
		heading += ", without an organization"
	}
	if r.Offline {
		heading += "; by the manifest alone"
	}
	return heading
}

var kindWords = map[Kind]string{
	SiteOverride:         "site override",
	SiteDefault:          "site default",
	OrganizationOverride: "org override",
	OrganizationDefault:  "org default",
}

var originWords = map[Origin]string{
	External:   "external",
	Released:   "released",
	Undeclared: "not in the manifest",
	Unseen:     "not shown by Pantheon",
}

var readerWords = map[reader.Reader]string{
	reader.PHP:                "PHP",
	reader.NextJS:             "Next.js",
	reader.IntegratedComposer: "Integrated Composer",
	reader.People:             "people",
}

// layerWords is such as "site override, as last applied". What the manifest has no
// value for is not compared, so its origin stands in place of a state.
func layerWords(layer Layer, now time.Time) string {
	texts := []string{kindWords[layer.Kind]}
	if layer.Source != "" {
		texts[0] += " from " + words.Quote(string(layer.Source))
	}
	if layer.Origin != Manifest {
		texts = append(texts, originWords[layer.Origin])
	} else if layer.Value != "" {
		texts = append(texts, view.State(layer.Value, layer.ChangedBy, layer.AppliedAt, now))
	}
	return strings.Join(texts, ", ")
}

func layersWords(layers []Layer, now time.Time) string {
	texts := make([]string, len(layers))
	for i, layer := range layers {
		texts[i] = layerWords(layer, now)
	}
	return strings.Join(texts, "; ")
}

// briefly leaves out when the value was applied.
func briefly(layer Layer) string { return layersWords(timeless(layer), time.Time{}) }

func timeless(layers ...Layer) []Layer {
	layers = slices.Clone(layers)
	for i := range layers {
		layers[i].AppliedAt = time.Time{}
	}
	return layers
}

// winnerWords says what wins, or what may.
func winnerWords(winner *Layer, contenders []Layer) string {
	switch {
	case winner != nil:
		return briefly(*winner)
	case len(contenders) > 1 && contenders[0].Origin == Unseen:
		return briefly(contenders[1]) + ", or the site's own"
	case len(contenders) > 1:
		return kindWords[contenders[0].Kind] + " or " + kindWords[contenders[1].Kind] + ", see below"
	}
	return "nothing"
}

func readersWords(readers []reader.Reader) string {
	if len(readers) == 0 {
		return "nobody"
	}
	texts := make([]string, len(readers))
	for i, one := range readers {
		texts[i] = readerWords[one]
	}
	return strings.Join(texts, ", ")
}

// outcomeText writes one secret of one environment.
func outcomeText(out io.Writer, name secret.Name, o Outcome, framework reader.Framework, now time.Time) {
	line := words.Quote(string(name))
	first := o.Winner
	if first == nil && len(o.Contenders) > 0 {
		first = &o.Contenders[0]
	}
	if first != nil && first.Type != "" {
		line += fmt.Sprintf("  type %s, scopes %s", words.Quote(string(first.Type)), first.Scopes)
	}
	fmt.Fprintln(out, line)
	width := len("ambiguous")
	if o.Now != nil {
		width = len("after apply")
	}
	say := func(label, said string) {
		begun := fmt.Sprintf("    %-*s  ", width, label)
		hang(out, begun, len(begun), said)
	}
	switch label, said := outcomeWords(o, now); {
	case o.Now == nil:
		say(label, said)
	default:
		if label == ambiguous {
			said = ambiguous + ": " + said
		}
		say("after apply", said)
		say("today", nowWords(o.Now))
	}
	if len(o.Shadows) > 0 {
		say("shadows", layersWords(o.Shadows, now))
	}
	if first != nil && len(o.Readers) == 0 {
		say("read by", nobody(*first, o.Env, framework))
	} else if first != nil {
		say("read by", readersWords(o.Readers))
	}
	for _, note := range o.Notes {
		say("note", note.Message+" ["+note.Code+"]")
	}
}

const ambiguous = "ambiguous"

// outcomeWords are what wins, or may, with a label.
func outcomeWords(o Outcome, now time.Time) (label, said string) {
	switch {
	case o.Winner != nil:
		return "wins", layerWords(*o.Winner, now)
	case len(o.Contenders) > 0:
		return ambiguous, layersWords(o.Contenders, now)
	}
	return "wins", "nothing"
}

// nobody says that nobody reads a secret, and why where that is because of the
// environment.
func nobody(layer Layer, env secret.Env, on reader.Framework) string {
	if len(reader.Of(layer.Type, layer.Scopes, "dev", on)) == 0 {
		return "nobody"
	}
	return "nobody in " + words.Quote(string(env)) + ": Integrated Composer builds in dev and multidevs only"
}

func nowWords(now *Present) string {
	if now.Winner == nil && len(now.Contenders) == 0 {
		return "nothing"
	}
	if now.Winner == nil {
		return "ambiguous: " + layersWords(timeless(now.Contenders...), time.Time{})
	}
	return briefly(*now.Winner)
}
