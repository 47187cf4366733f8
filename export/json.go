package export

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// An Encoder writes records as lines of JSON. It is for one goroutine.
type Encoder struct {
	line bytes.Buffer
	enc  *json.Encoder
}

// NewEncoder returns an Encoder.
func NewEncoder() *Encoder {
	e := &Encoder{}
	e.enc = json.NewEncoder(&e.line)
	e.enc.SetEscapeHTML(false) // names are not for HTML, and "<" is easier to read than "\u003c"
	return e
}

// Line returns the record as one line with its line end. The memory is the
// Encoder's and is used again by the next call.
func (e *Encoder) Line(r *Record) ([]byte, error) {
	e.line.Reset()
	if err := e.enc.Encode(r); err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return e.line.Bytes(), nil
}
