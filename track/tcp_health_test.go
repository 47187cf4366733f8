package track

import (
	"testing"
	"time"
)

const (
	// stamped is a handshake with all options; its round trip takes 41 ms: 20 on
	// the server's side of the capture and 21 on the client's.
	stamped = `
	c S 0 mss=1460 sackok ws=7 ts=1000/0
	+19ms
	s SA 0 1 mss=1400 sackok ws=8 ts=9000/1000
	+20ms
	c A 1 1 ts=1041/9000
	`
	// bare is the same without options.
	bare = `
	c S 0
	+19ms
	s SA 0 1
	+20ms
	c A 1 1
	`
	isOpen = "ESTABLISHED ESTABLISHED"
)

func TestTCPHealth(t *testing.T) {
	for _, sc := range []scene{
		{name: "both ways", script: shake + "c PA 1 1 len=100\n s PA 1 101 len=500\n c A 101 501", want: isOpen},
		{name: "frame of several segments", script: shake + "c PA 1 1 len=900 segs=9\n s A 1 901", want: isOpen},

		// Sent again.
		{name: "same segment", script: shake + "c PA 1 1 len=100\n +300ms\n c PA 1 1 len=100\n s A 1 101", want: isOpen + "; c: retransmits 1"},
		{name: "frame of several segments again", script: shake + "c PA 1 1 len=900 segs=9\n +300ms\n c PA 1 1 len=900 segs=9", want: isOpen + "; c: retransmits 9"},
		{name: "part of a frame again", script: shake + "c PA 1 1 len=900 segs=9\n +300ms\n c PA 401 1 len=100", want: isOpen + "; c: retransmits 1"},
		{name: "with something new", script: shake + "c PA 1 1 len=100\n +300ms\n c PA 1 1 len=400 segs=4\n s A 1 401", want: isOpen + "; c: retransmits 1"},
		{name: "already acknowledged", script: shake + "c PA 1 1 len=100\n s A 1 101\n +300ms\n c PA 1 1 len=100", want: isOpen + "; c: retransmits 1, spurious 1"},
		{name: "fast", script: shake + `c PA 1 1 len=100
			c PA 101 1 len=100
			c PA 201 1 len=100
			c PA 301 1 len=100
			s A 1 1
			s A 1 1
			s A 1 1
			c PA 1 1 len=100
			s A 1 401`, want: isOpen + "; c: retransmits 1, fast 1; s: duplicates 3"},
		{name: "fast, and again when the timer runs out", script: shake + `c PA 1 1 len=100
			c PA 101 1 len=100
			s A 1 1
			s A 1 1
			s A 1 1
			c PA 1 1 len=100
			+1s
			c PA 1 1 len=100`, want: isOpen + "; c: retransmits 2, fast 1; s: duplicates 3"},
		{name: "after two duplicates", script: shake + `c PA 1 1 len=100
			c PA 101 1 len=100
			s A 1 1
			s A 1 1
			c PA 1 1 len=100`, want: isOpen + "; c: retransmits 1; s: duplicates 2"},
		{name: "reported as received twice", script: stamped + `c PA 1 1 len=100 ts=1100/9041
			+300ms
			c PA 1 1 len=100 ts=1400/9041
			s A 1 101 ts=9400/1100
			s A 1 101 ts=9400/1100 blocks=1-101
			s A 1 101 ts=9400/1100 blocks=1-101`, want: isOpen + "; c: retransmits 1, spurious 1"},
		{name: "reported within a block", script: stamped + `c PA 1 1 len=100 ts=1100/9041
			c PA 101 1 len=100 ts=1100/9041
			c PA 201 1 len=100 ts=1100/9041
			+300ms
			c PA 201 1 len=100 ts=1400/9041
			s A 1 1 ts=9400/1041 blocks=201-301,101-301`, want: isOpen + "; c: retransmits 1, spurious 1; s: duplicates 1"},
		{name: "no report of what was not sent again", script: stamped + `c PA 1 1 len=100 ts=1100/9041
			s A 1 101 ts=9400/1100 blocks=1-101`, want: isOpen},

		// Overtaken.
		{name: "overtaken", script: bare + "s PA 101 1 len=100\n s PA 1 1 len=100\n c A 1 201", want: isOpen + "; s: out of order 1"},
		{name: "late by a round trip: lost before the capture", script: bare + "s PA 101 1 len=100\n c A 1 1\n +50ms\n s PA 1 1 len=100\n c A 1 201", want: isOpen + "; c: duplicates 1; s: retransmits 1"},
		{name: "late, but sent before", script: stamped + "s PA 101 1 len=100 ts=9100/1041\n +100ms\n s PA 1 1 len=100 ts=9099/1041", want: isOpen + "; s: out of order 1"},
		{name: "early, but sent later", script: stamped + "s PA 101 1 len=100 ts=9100/1041\n s PA 1 1 len=100 ts=9101/1041", want: isOpen + "; s: retransmits 1"},
		{name: "gap filled in two steps", script: bare + "s PA 201 1 len=100\n s PA 101 1 len=100\n s PA 1 1 len=100\n c A 1 301", want: isOpen + "; s: out of order 2"},
		{name: "gap filled from its middle", script: bare + "s PA 301 1 len=100\n s PA 101 1 len=100\n s PA 1 1 len=100\n s PA 201 1 len=100\n c A 1 401", want: isOpen + "; s: out of order 3"},
		{name: "two gaps", script: bare + "s PA 101 1 len=100\n s PA 301 1 len=100\n s PA 201 1 len=100\n s PA 1 1 len=100\n c A 1 401", want: isOpen + "; s: out of order 2"},
		{name: "frame of several segments", script: bare + "s PA 301 1 len=100\n s PA 1 1 len=300 segs=3\n c A 1 401", want: isOpen + "; s: out of order 3"},

		// Duplicate ACKs.
		{name: "nothing is under way", script: shake + "c A 1 1\n c A 1 1", want: isOpen},
		{name: "with another window", script: shake + "s PA 1 1 len=10\n c A 1 1 win=900\n c A 1 1 win=800", want: isOpen},
		{name: "with another window and a block", script: stamped + "s PA 1 1 len=10 ts=9100/1041\n s PA 11 1 len=10 ts=9100/1041\n c A 1 1 win=900 blocks=11-21", want: isOpen + "; c: duplicates 1"},
		{name: "with data", script: shake + "s PA 1 1 len=10\n c PA 1 1 len=10", want: isOpen},

		// Keep-alives and closed windows.
		{name: "keep-alive", script: shake + "c PA 1 1 len=10\n s A 1 11\n +60s\n c A 10 1\n s A 1 11\n +60s\n c A 10 1 len=1\n s A 1 11", want: isOpen},
		{name: "one byte again is no keep-alive", script: shake + "c PA 1 1 len=10\n s A 1 10\n +1s\n c PA 10 1 len=1", want: isOpen + "; c: retransmits 1"},
		{name: "closed window", script: shake + "s A 1 1 win=0\n s A 1 1 win=0\n s A 1 1 win=100\n s A 1 1 win=0", want: isOpen + "; s: closed windows 2"},
		{name: "test of a closed window", script: shake + "s A 1 1 win=0\n +1s\n c A 1 1 len=1\n s A 1 1 win=0\n +2s\n c A 1 1 len=1\n s A 1 1 win=0", want: isOpen + "; s: closed windows 1"},
		{name: "test that is taken", script: shake + "s A 1 1 win=0\n +1s\n c A 1 1 len=1\n s A 1 2 win=0\n s A 1 2\n c PA 2 1 len=10\n s A 1 12", want: isOpen + "; s: closed windows 1"},
		{name: "test that opens the window", script: shake + "s A 1 1 win=0\n +1s\n c A 1 1 len=1\n c PA 2 1 len=10\n s A 1 12", want: isOpen + "; s: closed windows 1"},

		// Not captured.
		{name: "gap that is acknowledged", script: shake + "c PA 1 1 len=100\n c PA 301 1 len=100\n s A 1 401", want: isOpen + "; c: missed 1, missed bytes 200"},
		{name: "end that is acknowledged", script: shake + "c PA 1 1 len=100\n s A 1 401", want: isOpen + "; c: missed 1, missed bytes 300"},
		{name: "gap that an ACK shows", script: shake + "c A 201 1\n s A 1 201", want: isOpen + "; c: missed 1, missed bytes 200"},
		{name: "gap of which a part comes", script: bare + "s PA 301 1 len=100\n s PA 1 1 len=100\n c A 1 401", want: isOpen + "; s: out of order 1, missed 1, missed bytes 200"},
		{name: "captured behind its ACK", script: shake + "s A 1 101\n c PA 1 1 len=100", want: isOpen + "; c: out of order 1"},
		{name: "in two pieces behind its ACK", script: shake + "s A 1 101\n c PA 1 1 len=50\n c PA 51 1 len=50", want: isOpen + "; c: out of order 2"},
		{name: "in three pieces behind its ACK", script: shake + "s A 1 301\n c PA 101 1 len=100\n c PA 1 1 len=100\n c PA 201 1 len=100", want: isOpen + "; c: out of order 3"},
		{name: "one piece of three behind its ACK", script: shake + "s A 1 301\n c PA 101 1 len=100", want: isOpen + "; c: out of order 1, missed 2, missed bytes 200"},
		{name: "captured behind its ACK, with its own time", script: shake + "s A 1 101\n +-20ms\n c PA 1 1 len=100", want: isOpen + "; c: out of order 1"},
		{name: "long behind its ACK", script: shake + "s A 1 101\n +1s\n c PA 1 1 len=100", want: isOpen + "; c: retransmits 1, spurious 1, missed 1, missed bytes 100"},
		{name: "one way only", script: "c PA 1 500 len=100\n c PA 101 500 len=100\n c PA 201 700 len=100", want: isOpen},
		{name: "in fragments", script: shake + "s A 1 1\n c PA 1 1 len=1000 frag=600\n c PA 1001 1 len=100\n s A 1 1101", want: isOpen},
		{name: "a far number once", script: shake + "s A 1 1\n c A 1 1\n c PA 90000 1 len=100\n c PA 1 1 len=100\n s A 1 101", want: isOpen},
		{name: "more than half of all numbers", script: shake + `c PA 2500000001 1 len=100
			s A 1 2500000101
			c PA 2500000101 1 len=100
			s A 1 2500000201
			c PA 2500000201 1 len=100
			c PA 2500000201 1 len=100
			s A 1 2500000301`, want: isOpen + "; c: retransmits 1, missed 1, missed bytes 2500000100"},
		{name: "acknowledged beyond every window, by the first segment of an end", script: "c PA 1 1 len=100\n s PA 1 1200000000 len=10\n s PA 1 101 len=10\n c A 101 11", want: isOpen},
		{name: "one that old", script: shake + "c PA 1 1 len=100\n s A 1 101\n c PA 2500000001 1 len=100\n c PA 101 1 len=100\n s A 1 201", want: isOpen},
		{name: "a far number twice", script: shake + "s A 1 1\n c A 1 1\n c PA 90001 1 len=100\n c PA 90101 1 len=100\n s A 1 90201", want: isOpen + "; c: missed 1, missed bytes 90100"},

		// Cut packets.
		{name: "cut in the options", script: stamped + "c PA 1 1 len=100 ts=1/1 snap=60\n s A 1 101 ts=1/1 snap=54\n c PA 101 1 len=100 ts=1/1 snap=60", want: isOpen},
		{name: "cut in the header", script: shake + "c R 1 snap=52", want: isOpen},
	} {
		t.Run(sc.name, sc.test)
	}
}

// TestTCPRoundTrips checks the times. In every conversation the capture lies
// between the ends.
func TestTCPRoundTrips(t *testing.T) {
	const ms = time.Millisecond
	for _, row := range []struct {
		name, script        string
		handshake           time.Duration
		sent, received      time.Duration // smoothed
		leastSent, leastRec time.Duration
	}{
		{"handshake", bare, 41 * ms, 20 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"smoothed by an eighth", bare + "c PA 1 1 len=10\n +27ms\n s A 1 11", 41 * ms, 21 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"the first of several segments", bare + "c PA 1 1 len=10\n +8ms\n c PA 11 1 len=10\n +18ms\n s A 1 21", 41 * ms, 21 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"with the ACK on data", bare + "c PA 1 1 len=10\n +27ms\n s PA 1 11 len=100", 41 * ms, 21 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"SYN twice", "c S 0\n +999ms\n c S 0\n +9ms\n s SA 0 1\n +9ms\n c A 1 1", 1020 * ms, 0, 10 * ms, 0, 10 * ms},
		{"sent again without timestamps", bare + "c PA 1 1 len=10\n +299ms\n c PA 1 1 len=10\n +9ms\n s A 1 11", 41 * ms, 20 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"sent again with timestamps", stamped + "c PA 1 1 len=10 ts=1100/9041\n +299ms\n c PA 1 1 len=10 ts=1400/9041\n +11ms\n s A 1 11 ts=9500/1400", 41 * ms, 19 * ms, 21 * ms, 12 * ms, 21 * ms},
		{"sent again for nothing", stamped + "c PA 1 1 len=10 ts=1100/9041\n +299ms\n c PA 1 1 len=10 ts=1400/9041\n s A 1 11 ts=9400/1100", 41 * ms, 20 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"not while something is sent again", bare + "c PA 1 1 len=10\n c PA 11 1 len=10\n c PA 1 1 len=10\n c PA 21 1 len=10\n +300ms\n s A 1 31", 41 * ms, 20 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"from the middle", "c PA 1 1 len=10\n +9ms\n s A 1 11", 0, 10 * ms, 0, 10 * ms, 0},
		{"refused", "+1s\n c S 0\n +9ms\n s RA 0 1", 0, 0, 0, 0, 0},
		{"no SYN-ACK", "c S 0\n c A 1 1", 0, 0, 0, 0, 0},
		{"acknowledged while the machine slept", bare + "c PA 1 1 len=10\n +20m\n s PA 1 11 len=10", 41 * ms, 20 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"the same with timestamps", stamped + "c PA 1 1 len=10 ts=1100/9041\n +9ms\n c PA 1 1 len=10 ts=1110/9041\n +30m\n s A 1 11 ts=9500/1110", 41 * ms, 20 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"a clock that was set back by 50 minutes", bare + "c PA 1 1 len=10\n +-50m\n s A 1 11", 41 * ms, 20 * ms, 21 * ms, 20 * ms, 21 * ms},
		{"opened before the machine slept", "c S 0\n s SA 0 1\n +30m\n c A 1 1", 0, 1 * ms, 0, 1 * ms, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, s := range plays {
				c, _ := s.run(t, row.script)
				h := s.row(c).Health
				if h.Handshake != row.handshake {
					t.Errorf("%+v: got handshake %v, want %v", s, h.Handshake, row.handshake)
				}
				if want := [2]time.Duration{row.sent, row.received}; h.RTT != want {
					t.Errorf("%+v: got round trips %v, want %v", s, h.RTT, want)
				}
				if want := [2]time.Duration{row.leastSent, row.leastRec}; h.MinRTT != want {
					t.Errorf("%+v: got least round trips %v, want %v", s, h.MinRTT, want)
				}
			}
		})
	}
}

// TestTCPOptions checks what both ends have agreed on.
func TestTCPOptions(t *testing.T) {
	for _, row := range []struct {
		name, script     string
		window           [2]uint32
		scale            [2]int8
		mss              [2]uint16
		sack, timestamps bool
	}{
		{"all", stamped + "s A 1 1 win=500 ts=9/9", [2]uint32{1000 << 7, 500 << 8}, [2]int8{7, 8}, [2]uint16{1460, 1400}, true, true},
		{"none", bare + "s A 1 1 win=500", [2]uint32{1000, 500}, [2]int8{-1, -1}, [2]uint16{}, false, false},
		{"only asked for", "c S 0 mss=1460 ws=7 sackok ts=1/0\n s SA 0 1 mss=536\n c A 1 1", [2]uint32{1000, 1000}, [2]int8{-1, -1}, [2]uint16{1460, 536}, false, false},
		{"window of a SYN is not scaled", "c S 0 ws=7 win=2000\n s SA 0 1 ws=8 win=3000", [2]uint32{2000, 3000}, [2]int8{7, 8}, [2]uint16{}, false, false},
		{"scale is bounded", "c S 0 ws=200\n s SA 0 1 ws=0\n c A 1 1 win=3", [2]uint32{3 << 14, 1000}, [2]int8{14, 0}, [2]uint16{}, false, false},
		{"SYN not captured", "s SA 0 1 ws=8 sackok ts=1/1\n c A 1 1 ts=2/1\n s A 1 1 win=500 ts=2/2", [2]uint32{1000, 500 << 8}, [2]int8{-1, 8}, [2]uint16{}, true, true},
		{"from the middle", "c A 1 1 ts=1/1\n s A 1 1 ts=1/1", [2]uint32{1000, 1000}, [2]int8{-1, -1}, [2]uint16{}, false, true},
		{"blocks from the middle", "c PA 1 1 len=10\n s A 1 1 \n s A 1 1 blocks=1-11", [2]uint32{1000, 1000}, [2]int8{-1, -1}, [2]uint16{}, true, false},
		{"an old window", bare + "s PA 1 1 len=10\n c A 1 11 win=700\n c A 1 1 win=600", [2]uint32{700, 1000}, [2]int8{-1, -1}, [2]uint16{}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, s := range plays {
				c, _ := s.run(t, row.script)
				h := s.row(c).Health
				if h.Window != row.window || h.Scale != row.scale || h.MSS != row.mss {
					t.Errorf("%+v: got windows %v, scales %v, MSS %v, want %v, %v, %v",
						s, h.Window, h.Scale, h.MSS, row.window, row.scale, row.mss)
				}
				if h.SACK != row.sack || h.Timestamps != row.timestamps {
					t.Errorf("%+v: got SACK %v, timestamps %v, want %v, %v", s, h.SACK, h.Timestamps, row.sack, row.timestamps)
				}
			}
		})
	}
}
