package dpi

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MarshalJSON writes an App as one object: its protocol and confidence, then
// each Detail under its key. Of two with one key the later one is written. Since
// an App does not change, and goes into record after record, the text is kept;
// the caller must not write to it.
func (a *App) MarshalJSON() ([]byte, error) {
	if b := a.json.Load(); b != nil {
		return *b, nil
	}
	b, err := a.encode()
	if err == nil {
		a.json.Store(&b)
	}
	return b, err
}

func (a *App) encode() ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, `{"protocol":%q,"confidence":%q`, a.Protocol, a.Confidence)
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // as in all of the record
	for i, d := range a.Details {
		if a.lastWith(d.Key()) != i {
			continue
		}
		fmt.Fprintf(&out, `,%q:`, d.Key())
		if err := enc.Encode(d); err != nil {
			return nil, fmt.Errorf("encode %s: %w", d.Key(), err)
		}
		out.Truncate(out.Len() - 1) // the line end
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// lastWith returns the place of the last detail with a key.
func (a *App) lastWith(key string) int {
	for i := len(a.Details) - 1; i >= 0; i-- {
		if a.Details[i].Key() == key {
			return i
		}
	}
	return -1
}
