package proc

import (
	"net/netip"
	"slices"
	"testing"
)

// Of a Linux 6.18: addresses 127.0.0.1/8 and 10.78.0.1/24, ::1 and fd00:78::1.
const (
	textFibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     +-- 10.78.0.0/24 2 0 2
        +-- 10.78.0.0/31 1 0 0
           |-- 10.78.0.0
              /24 link UNICAST
           |-- 10.78.0.1
              /32 host LOCAL
        |-- 10.78.0.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
Local:
  +-- 0.0.0.0/0 3 0 5
           |-- 10.78.0.1
              /32 host LOCAL
`
	textIfInet6 = "00000000000000000000000000000001 01 80 10 80       lo\n" +
		"fd000078000000000000000000000001 02 40 00 82     sk-a\n"
)

func TestReadAddresses(t *testing.T) {
	want := []netip.Addr{
		netip.MustParseAddr("10.78.0.1"), netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("fd00:78::1"),
	}
	got := readIfInet6([]byte(textIfInet6), readFibTrie([]byte(textFibTrie), nil))
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// FuzzReadAddresses reads tables of any form: no address comes twice.
func FuzzReadAddresses(f *testing.F) {
	f.Add([]byte(textFibTrie))
	f.Add([]byte(textIfInet6))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := readIfInet6(text, readFibTrie(text, nil))
		seen := map[netip.Addr]bool{}
		for _, a := range got {
			if !a.IsValid() || seen[a] {
				t.Fatalf("got %v in %v", a, got)
			}
			seen[a] = true
		}
	})
}
