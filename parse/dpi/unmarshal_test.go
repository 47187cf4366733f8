package dpi

import (
	"encoding/json"
	"testing"
)

// What is read back is written as it was.
func TestAppReadsBack(t *testing.T) {
	for _, text := range []string{
		`{"protocol":"tls","confidence":"exact","smtp":{"helo":"a"},"tls":{"sni":"example.com","versions_offered":["1.3"]}}`,
		`{"protocol":"unknown","confidence":"port"}`,
	} {
		var a App
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := a.MarshalJSON()
		if err != nil || string(got) != text {
			t.Errorf("got %s (%v) want %s", got, err, text)
		}
	}
	for _, text := range []string{`[]`, `{"protocol":"nothing"}`, `{"confidence":7}`} {
		var a App
		if err := json.Unmarshal([]byte(text), &a); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}
