package export

import (
	"encoding/json"
	"testing"

	"sockeye/track/proc"
)

// TestToldProcess checks that nothing is made up for a process of which packets alone
// told: user 0 would be root.
func TestToldProcess(t *testing.T) {
	p := processOf(&proc.Process{
		ID: proc.ID{PID: 10}, Ref: 1, Name: "nsurlsessiond", Comm: "nsurlsessiond", Told: 1,
		For: &proc.Parent{ID: proc.ID{PID: 7}, Name: "Mail"},
	})
	got, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"pid":10,"name":"nsurlsessiond","for":{"pid":7,"name":"Mail"}}`; string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := p.text(); got != "nsurlsessiond 10" {
		t.Errorf("in words: got %q, want %q", got, "nsurlsessiond 10")
	}
	if got := (&Entry{Process: p, Flows: 2}).about(); got != "2 flows" {
		t.Errorf("as a group: got %q, want no user", got)
	}
}
