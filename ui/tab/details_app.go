package tab

import (
	"bytes"
	"encoding/json"
	"strings"

	"sockeye/parse/dpi"
	"sockeye/ui/theme"
	"sockeye/ui/widget"
)

// appCards are the cards about a flow's application. An App does not change, so they are
// made once for each.
type appCards struct {
	app   *dpi.App
	cards []widget.Card
}

// of returns the cards about an application: one, and one for each protocol that said
// something. They are not to be written to.
func (c *appCards) of(a *dpi.App) []widget.Card {
	if c.cards != nil && c.app == a {
		return c.cards
	}
	c.app, c.cards = a, []widget.Card{appCard(a)}
	if a == nil {
		return c.cards
	}
	for _, d := range a.Details {
		f := detailFacts(d)
		if len(f) == 0 {
			f.add("", "nothing more was said in the clear", theme.Muted)
		}
		c.cards = append(c.cards, widget.Card{Title: "Application: " + d.Key(), Facts: f})
	}
	return c.cards
}

// confidenceTexts say how an application was recognised.
var confidenceTexts = map[dpi.Confidence]string{
	dpi.ByPort: "by its port alone", dpi.Heuristic: "its bytes look like it", dpi.Exact: "its bytes can be nothing else",
}

func appCard(a *dpi.App) widget.Card {
	var f facts
	if a == nil || a.Protocol == dpi.Unknown {
		f.add("Protocol", "not recognised", theme.Muted)
	} else {
		f.add("Protocol", a.Protocol.String(), theme.Service)
		f.add("Known", confidenceTexts[a.Confidence], theme.Muted)
	}
	f.add("Subject", a.Subject(), theme.Remote)
	return widget.Card{Title: "Application", Facts: f}
}

// detailFacts words every field of a detail, by its JSON: what protocols come to say
// later is shown as well. What secrets there were, the detail does not have.
func detailFacts(d dpi.Detail) facts {
	var text bytes.Buffer
	encode := json.NewEncoder(&text)
	encode.SetEscapeHTML(false)
	var f facts
	if err := encode.Encode(d); err != nil {
		f.add("", "it cannot be shown: "+err.Error(), theme.Warn)
		return f
	}
	w := fieldWalk{decode: json.NewDecoder(&text)}
	w.decode.UseNumber()
	w.value("")
	return w.facts
}

// fieldWalk turns JSON into facts, in the order of its fields. It reads what was written
// by json.Encoder: there are no errors in it.
type fieldWalk struct {
	decode *json.Decoder
	facts  facts
}

// value adds the next value under a label: an object field by field, of a list of objects
// each, and all else as one text.
func (w *fieldWalk) value(label string) {
	token, err := w.decode.Token()
	if err != nil {
		return
	}
	switch token {
	case json.Delim('{'):
		w.fields(func(name string) { w.value(words(label, name)) })
	case json.Delim('['):
		all, objects := w.elements()
		if !objects {
			all = []string{strings.Join(all, ", ")}
		}
		for _, text := range all {
			w.facts.add(label, text, theme.Text)
		}
	default:
		w.facts.add(label, scalarText(token), theme.Text)
	}
}

// fields calls f for each field of an object that has begun, to read its value.
func (w *fieldWalk) fields(f func(name string)) {
	for w.decode.More() {
		key, err := w.decode.Token()
		if err != nil {
			return
		}
		name, _ := key.(string)
		f(strings.ReplaceAll(name, "_", " "))
	}
	_, _ = w.decode.Token() // the end of it
}

// elements returns the elements of a list that has begun, and whether any is an object.
func (w *fieldWalk) elements() (all []string, objects bool) {
	for w.decode.More() {
		text, object := w.inline()
		all, objects = append(all, text), objects || object
	}
	_, _ = w.decode.Token() // the end of it
	return all, objects
}

// inline returns the next value in a line, and whether it is an object.
func (w *fieldWalk) inline() (text string, object bool) {
	token, err := w.decode.Token()
	if err != nil {
		return "", false
	}
	switch token {
	case json.Delim('{'):
		var all []string
		w.fields(func(name string) {
			value, _ := w.inline()
			all = append(all, name+" "+value)
		})
		return strings.Join(all, ", "), true
	case json.Delim('['):
		all, _ := w.elements()
		return strings.Join(all, " "), false
	}
	return scalarText(token), false
}

func scalarText(t json.Token) string {
	switch v := t.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	return ""
}
