package main

import (
	"strings"
	"testing"

	"sockeye/track/proc"
)

// TestNotesWait keeps notes until the capture has begun, and tells each once.
func TestNotesWait(t *testing.T) {
	var n noteLines
	var told []string
	tell := func(note proc.Notice) { told = append(told, note.Text) }
	n.add(proc.Notice{Text: "first"})
	if len(told) > 0 {
		t.Fatalf("got %q before the beginning", told)
	}
	n.begin(tell)
	n.begin(tell)
	n.add(proc.Notice{Text: "second"})
	if got := strings.Join(told, ","); got != "first,second" {
		t.Errorf("got %q want each once", got)
	}
}

// TestNotesOnScreen has whole notes, in as many lines as the width asks for and as
// there is room for, and none that moves the cursor.
func TestNotesOnScreen(t *testing.T) {
	var n noteLines
	n.add(proc.Notice{Text: "owners\x1b without", Hint: "sudo setcap.-.--"})
	if got, want := string(n.lines(10, 9)), "note:\nowners \nwithout:\nsudo\nsetcap.-.-\n-\n"; got != want {
		t.Errorf("got %q want %q", got, want)
	}
	if got := string(n.lines(10, 2)); strings.Count(got, "\n") != 2 {
		t.Errorf("got %q want two lines", got)
	}
}
