package tests

import (
	"sync"
	"testing"
)

// replayCheck is what a difference from tshark shows in.
type replayCheck int

const (
	inTotals    replayCheck = iota // packets and bytes of the capture
	inProtocols                    // the table of protocols
	byPackets                      // conversations, summed up from the table of packets
	byTshark                       // conversations, by tshark's own tables
	checks
)

func (c replayCheck) String() string {
	return [...]string{"totals", "protocols", "conversations by packet", "conversations of tshark"}[c]
}

// replayRefused lists the captures that the program does not begin to read.
var replayRefused = map[string]string{
	"pcaps/libpcap/pcap-invalid-version-2.pcap":  "pcap version 2.5 does not exist",
	"pcaps/libpcap/pcapng-invalid-vers-1.pcapng": "pcapng version 0.1 does not exist",
	"pcaps/libpcap/pcapng-invalid-vers-2.pcapng": "pcapng version 1.1 does not exist",
}

// A replayDifference names captures on which tshark is not followed.
type replayDifference struct {
	reason string
	in     []replayCheck
	more   bool // all that the program counts is in tshark's tables, which have more
	files  []string
}

// listing is the differences by capture and check, and which of them were met.
// Its methods may be called from any goroutine.
type listing struct {
	mu      sync.Mutex
	entries map[listed]replayDifference
	met     map[listed]bool
}

type listed struct {
	file  string
	check replayCheck
}

func newListing(t *testing.T, all []replayDifference) *listing {
	t.Helper()
	l := &listing{entries: map[listed]replayDifference{}, met: map[listed]bool{}}
	for _, d := range all {
		for _, file := range d.files {
			for _, check := range d.in {
				at := listed{file, check}
				if _, ok := l.entries[at]; ok {
					t.Errorf("%s: %s: listed twice", file, check)
				}
				l.entries[at] = d
			}
		}
	}
	return l
}

// meet notes that a capture differs, and returns the entry that says so.
func (l *listing) meet(file string, check replayCheck) (d replayDifference, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := listed{file, check}
	l.met[at] = true
	d, ok = l.entries[at]
	return d, ok
}

// reportUnmet fails the test for each listed difference that is none.
func (l *listing) reportUnmet(t *testing.T) {
	t.Helper()
	for at, d := range l.entries {
		if !l.met[at] {
			t.Errorf("%s: %s: listed as different from tshark (%s), and is not", at.file, at.check, d.reason)
		}
	}
}
