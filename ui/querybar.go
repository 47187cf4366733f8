package ui

import (
	"errors"
	"slices"
	"strings"

	"sockeye/track"
	"sockeye/track/query"
)

// queries is what the query bar knows.
type queries struct {
	fields *query.Fields[track.Row]
}

// maxHistory is how many queries are remembered: they stand in the configuration.
const maxHistory = 30

// openQuery opens the query bar. What is typed holds at once, as far as it is right.
func (a *App) openQuery() {
	was := a.model.QueryText
	w := newPrompt("/")
	w.below = true
	w.input.Hint = "words, port:443, host:example.org, rate>1M; Tab completes"
	w.input.History = a.model.Prefs.History
	w.input.Set(was)
	w.input.Complete = a.complete
	w.changed = func(a *App) {
		a.setQuery(w.input.Text())
		w.input.Note, w.input.Wrong = "", [2]int{}
		var wrong *query.Error
		if errors.As(a.model.QueryErr, &wrong) {
			w.input.Note, w.input.Wrong = wrongQuery(wrong)
		} else {
			w.input.Note = a.looser(w.input.Text())
		}
	}
	w.undo = func(a *App) { a.setQuery(was) }
	w.entered = func(a *App) bool {
		if a.model.QueryErr != nil {
			return false
		}
		a.remember(w.input.Text())
		return true
	}
	a.open(w)
}

// looser offers to find more than the last word of a query does: "port:44" those that have
// 44 in them. It returns "" where there is nothing to offer.
func (a *App) looser(text string) string {
	for _, c := range query.Complete(text, len(text), a.queries.fields, a.queryOptions()) {
		if strings.HasPrefix(c.Text, "~") {
			word := text[strings.LastIndexAny(text[:c.From], " (!")+1 : c.From]
			return "Tab: " + word + c.Text + ", " + c.Help
		}
	}
	return ""
}

// wrongQuery returns what to say of a wrong query, and the bytes that are wrong.
func wrongQuery(e *query.Error) (note string, wrong [2]int) {
	note = e.Reason
	if e.Suggestion != "" {
		note += " (did you mean " + e.Suggestion + "?)"
	}
	return note, [2]int{e.Offset, e.Offset + max(1, e.Length)}
}

// setQuery shows what a query finds. Where it is wrong, the last one that was right
// holds on.
func (a *App) setQuery(text string) {
	m := &a.model
	m.QueryText, m.QueryErr = text, nil
	a.dirty = true
	if text == "" {
		m.Query = nil
		return
	}
	q, err := query.Compile(text, a.queries.fields, a.queryOptions())
	if err != nil {
		m.QueryErr = err
		return
	}
	m.Query = q
}

func (a *App) queryOptions() query.Options { return query.Options{Saved: a.o.Queries} }

// complete returns how a query may go on.
func (a *App) complete(before string) (replaced int, options []string) {
	for _, c := range query.Complete(before, len(before), a.queries.fields, a.queryOptions()) {
		replaced = len(before) - c.From
		options = append(options, c.Text)
	}
	return replaced, options
}

// remember keeps a query for the next time.
func (a *App) remember(text string) {
	if text == "" {
		return
	}
	p := a.model.Prefs
	h := slices.DeleteFunc(slices.Clone(p.History), func(s string) bool { return s == text })
	h = append(h, text)
	p.History = h[max(0, len(h)-maxHistory):]
}
