package proc

import (
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 24021 0 0 18446744073709551615 1 2 140731 0 0"
	for _, tt := range []struct {
		name, text string
		want       stat
		bad        bool
	}{
		{name: "plain", text: "71 (sshd) S 1" + rest, want: stat{comm: "sshd", state: 'S', parent: 1, start: 24021, stack: 140731}},
		{name: "parentheses and blanks", text: "71 (a) R 9 (b c)) Z 7" + rest, want: stat{comm: "a) R 9 (b c)", state: 'Z', parent: 7, start: 24021, stack: 140731}},
		{name: "newline and backslash escaped", text: `71 (a\nb\\n) S 1` + rest, want: stat{comm: "a\nb\\n", state: 'S', parent: 1, start: 24021, stack: 140731}},
		{name: "empty name", text: "71 () S 1" + rest, want: stat{state: 'S', parent: 1, start: 24021, stack: 140731}},
		{
			name: "kernel thread with a long name",
			text: "90 (kworker/u4:2-events_unbound) I 2 0 0 0 -1 69238880 0 0 0 0 0 2 0 0 20 0 1 0 65 0 0 18446744073709551615 0 0 0 0",
			want: stat{comm: "kworker/u4:2-events_unbound", state: 'I', parent: 2, kernel: true, start: 65},
		},
		{name: "cut before the start time", text: "71 (sshd) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0", bad: true},
		{name: "start time is no number", text: "71 (sshd) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 x 0 0 0 0 0 0", bad: true},
		{name: "no name", text: "71 S 1" + rest, bad: true},
		{name: "parentheses the wrong way", text: ")(", bad: true},
		{name: "empty", bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := parseStat([]byte(tt.text))
			if ok == tt.bad || got != tt.want {
				t.Errorf("got %+v, %v, want %+v, %v", got, ok, tt.want, !tt.bad)
			}
		})
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("71 (sshd) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 24021 0 0 1 2 3 140731 0"))
	f.Add([]byte(`71 (a\nb\\) ) R 2 (`))
	f.Fuzz(func(t *testing.T, b []byte) {
		st, ok := parseStat(b)
		if !ok && st != (stat{}) {
			t.Errorf("not read, and yet %+v", st)
		}
		if len(st.comm) > len(b) {
			t.Errorf("the name %q is longer than the file", st.comm)
		}
	})
}

func TestParseIDs(t *testing.T) {
	const status = "Name:\tUid:\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t1001\t1002\t1003\nGid:\t50\t51\t52\t53\nFDSize:\t64\n"
	uid, gid, ok := parseIDs([]byte(status))
	if uid != 1001 || gid != 51 || !ok {
		t.Errorf("got %d, %d, %v, want the effective 1001, 51, true", uid, gid, ok)
	}
	for _, bad := range []string{"", "Name:\tx\n", strings.Replace(status, "1001", "x", 1), strings.Replace(status, "1001", "4294967296", 1), status[:strings.Index(status, "Gid")]} {
		if _, _, ok := parseIDs([]byte(bad)); ok {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestInodeOf(t *testing.T) {
	for link, want := range map[string]uint64{
		"net:[4026531840]": 4026531840, "net:[]": 0, "net:[4026531840": 0, "mnt:[4026531840]": 0, "net:": 0, "": 0,
	} {
		if got, ok := inodeOf([]byte(link), "net"); got != want || ok != (want != 0) {
			t.Errorf("%q: got %d, %v, want %d", link, got, ok, want)
		}
	}
}
