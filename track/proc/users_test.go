package proc

import (
	"maps"
	"testing"
)

func TestParseAccounts(t *testing.T) {
	passwd := "root:x:0:0:root:/root:/bin/bash\n\n# daemon:x:1:1\n+nis:x:2:2\nalice:x:1000:1000:Alice,,,:/home/alice:/bin/sh\nalias:x:1000:1000::/:/bin/sh\nbroken\nbad:x:y:1:::\nbig:x:4294967296:1:::\nlast:x:4294967295:1::/last:"
	want := map[uint32]account{0: {"root", "/root"}, 1000: {"alice", "/home/alice"}, 4294967295: {"last", "/last"}}
	if got := parseAccounts([]byte(passwd)); !maps.Equal(got, want) {
		t.Errorf("passwd: got %v, want %v", got, want)
	}
	want = map[uint32]account{0: {name: "root"}, 27: {name: "sudo"}}
	if got := parseAccounts([]byte("root:x:0:\nsudo:x:27:alice,bob\n")); !maps.Equal(got, want) {
		t.Errorf("group: got %v, want %v", got, want)
	}
}

func FuzzParseAccounts(f *testing.F) {
	f.Add([]byte("root:x:0:0:root:/root:/bin/bash\n+::\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for id, a := range parseAccounts(b) {
			if a.name == "" || len(a.name)+len(a.home) > len(b) {
				t.Errorf("%d: got %+v", id, a)
			}
		}
	})
}

func TestSameNumbers(t *testing.T) {
	const first = "         0          0 4294967295\n"
	for _, tt := range []struct {
		name, uidMap, own string
		want              bool
	}{
		{"one namespace", first, first, true},
		{"one namespace inside another", "0 100000 65536\n", "0 100000 65536\n", true},
		{"container without translation", "0 0 65536\n", first, true},
		{"rootless container", "0 1000 1\n1 100000 65536\n", first, false},
		{"a user's own, who maps himself alone", "1000 1000 1\n", first, false},
		{"a user's own, who maps his subordinates too", "1000 1000 1\n100000 100000 65536\n", first, false},
		{"a service's, with root", "0 0 1\n33 33 1\n", first, true},
		{"not yet mapped", "", first, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sameNumbers([]byte(tt.uidMap), []byte(tt.own)); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
