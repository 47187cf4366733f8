package churn

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/export"
)

func row(local, remote uint16, pid int, source, reason string) export.Flow {
	var f export.Flow
	f.Local.Port, f.Remote.Port = local, remote
	f.Attribution = &export.Attribution{Source: source, Reason: reason, Took: 7}
	if pid != 0 {
		f.Process = &export.Process{PID: pid}
	}
	return f
}

func TestJudge(t *testing.T) {
	truth, err := Read(strings.NewReader("10 1000 7000 1001 7001\n11 1000 7001\n12 1002 7000\n13 1002 7000\n14\ndone 5 processes 2.500 seconds\n"))
	if err != nil {
		t.Fatal(err)
	}
	if truth.Connections != 5 || truth.Processes != 5 || truth.Took.Seconds() != 2.5 {
		t.Errorf("got %+v want 5 connections of 5 processes in 2.5 s", truth)
	}
	v := truth.Judge([]export.Flow{
		row(1000, 7000, 10, "ebpf", ""),
		row(1000, 7000, 0, "", "pending"), // the same one's packets after its end
		row(1001, 7001, 0, "", "no socket"),
		row(1000, 7001, 10, "ebpf", ""), // is 11's
		row(1002, 7000, 12, "ebpf", ""), // nobody can tell
		row(1, 2, 1, "ebpf", ""),        // somebody else's
	})
	if len(v.Wrong) != 1 || !strings.Contains(v.Wrong[0], "want 11") {
		t.Errorf("got %q want one that is 11's", v.Wrong)
	}
	v.Wrong = nil
	want := Verdict{
		Connections: 3, Reused: 1, Seen: 3, Took: []float64{7},
		Right: map[string]int{"ebpf": 1}, Unknown: map[string]int{"no socket": 1},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Error(diff)
	}
	if got := v.Share(); got != 1./3 {
		t.Errorf("got a share of %v want a third", got)
	}
}

func TestJudgeSecondRow(t *testing.T) {
	truth, err := Read(strings.NewReader("10 1000 7000\n"))
	if err != nil {
		t.Fatal(err)
	}
	v := truth.Judge([]export.Flow{row(1000, 7000, 10, "ebpf", ""), row(1000, 7000, 11, "ebpf", "")})
	if len(v.Wrong) != 1 || v.Right["ebpf"] != 1 {
		t.Errorf("got %+v want the second row to be wrong", v)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"10 1000\n", "10 x 7000\n", "connect: refused\n"} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}
