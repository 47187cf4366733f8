package dpi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Raw is a Detail that was read back from JSON: its text, as it was.
type Raw struct {
	key  string
	text json.RawMessage
}

// Key returns the protocol's name within "app".
func (r *Raw) Key() string { return r.key }

// Protocol returns Unknown: the text says nothing of it.
func (r *Raw) Protocol() Protocol { return Unknown }

// Subject returns nothing.
func (r *Raw) Subject() string { return "" }

// MarshalJSON returns the text that was read.
func (r *Raw) MarshalJSON() ([]byte, error) { return r.text, nil }

func (r *Raw) clone() Detail { c := *r; return &c }

// UnmarshalJSON reads what MarshalJSON wrote. The details come back as Raw, in
// the order in which they were written.
func (a *App) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil {
		return fmt.Errorf("decode app: %w", err)
	} else if t != json.Delim('{') {
		return fmt.Errorf("decode app: %v is no object", t)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return fmt.Errorf("decode app: %w", err)
		}
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return fmt.Errorf("decode app: %w", err)
		}
		key, _ := t.(string) // of an object nothing else comes here
		if err := a.set(key, text); err != nil {
			return fmt.Errorf("decode app: %w", err)
		}
	}
	return nil
}

// set takes one member of the object.
func (a *App) set(key string, text json.RawMessage) error {
	switch key {
	case "protocol":
		i, err := named(protocolNames[:], text)
		a.Protocol = Protocol(i)
		return err
	case "confidence":
		i, err := named([]string{ByPort: ByPort.String(), Heuristic: Heuristic.String(), Exact: Exact.String()}, text)
		a.Confidence = Confidence(i)
		return err
	}
	a.Details = append(a.Details, &Raw{key, text})
	return nil
}

// named returns the place of a name that is written as JSON.
func named(names []string, text json.RawMessage) (int, error) {
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		return 0, err
	}
	i := slices.Index(names, name)
	if i < 0 {
		return 0, fmt.Errorf("unknown name %q", name)
	}
	return i, nil
}
