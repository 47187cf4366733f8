package track

import "testing"

const shake = `
	c S 0
	s SA 0 1
	c A 1 1
`

func TestTCPStates(t *testing.T) {
	for _, sc := range []scene{
		// Opening.
		{name: "SYN", script: `c S 0`, want: "SYN_SENT "},
		{name: "SYN twice", script: "c S 0\n c S 0", want: "SYN_SENT ; c: retransmits 1"},
		{name: "SYN-ACK", script: "c S 0\n s SA 0 1", want: "ESTABLISHED SYN_RECV"},
		{name: "accepted", script: shake, want: "ESTABLISHED ESTABLISHED"},
		{name: "SYN-ACK to another SYN", script: "c S 0\n s SA 0 77", want: "SYN_SENT "},
		{name: "SYN-ACK captured first", script: "s SA 0 1\n c S 0\n c A 1 1", want: "ESTABLISHED ESTABLISHED"},
		{name: "SYN-ACK not captured", script: "c S 0\n c A 1 1", want: "ESTABLISHED ESTABLISHED"},
		{name: "ACK not captured", script: "c S 0\n s SA 0 1\n s PA 1 1 len=10", want: "ESTABLISHED ESTABLISHED"},
		{name: "ACK of something else", script: "c S 0\n s SA 0 1\n c A 1 0", want: "ESTABLISHED SYN_RECV"},
		{name: "challenge to a SYN", script: "c S 0\n s A 700 900", want: "SYN_SENT "},
		{name: "both open at once", script: "c S 0\n s S 0\n s SA 0 1\n c SA 0 1", want: "ESTABLISHED ESTABLISHED"},
		{name: "both open at once, halfway", script: "c S 0\n s S 0", want: "SYN_RECV SYN_RECV"},
		{name: "data in the SYN", script: "c S 0 len=100\n s SA 0 101\n c A 101 1", want: "ESTABLISHED ESTABLISHED"},
		{name: "data in the SYN is refused", script: "c S 0 len=100\n s SA 0 1\n c PA 1 1 len=100", want: "ESTABLISHED ESTABLISHED; c: retransmits 1"},

		// From the middle.
		{name: "data", script: `s PA 500 700 len=100`, want: "ESTABLISHED ESTABLISHED"},
		{name: "ACK", script: `c A 700 600`, want: "ESTABLISHED ESTABLISHED"},
		{name: "FIN", script: `c FA 700 600`, want: "FIN_WAIT1 CLOSE_WAIT"},
		{name: "RST", script: `c R 700`, want: "CLOSED CLOSED by rst"},
		{name: "no flags", script: `c - 700`, want: " "},
		{name: "FIN without ACK", script: `c F 700`, want: " "},
		{name: "data before the capture is no gap", script: "c A 1000 500\n s PA 900 1000 len=10\n c A 1000 910", want: "ESTABLISHED ESTABLISHED"},

		// Closing.
		{name: "four segments", script: shake + "c FA 1 1\n s A 1 2\n s FA 1 2\n c A 2 2", want: "TIME_WAIT CLOSED by fin"},
		{name: "three segments", script: shake + "c FA 1 1\n s FA 1 2\n c A 2 2", want: "TIME_WAIT CLOSED by fin"},
		{name: "the server first", script: shake + "s FA 1 1\n c FA 1 2\n s A 2 2", want: "CLOSED TIME_WAIT by fin"},
		{name: "FIN", script: shake + "c FA 1 1", want: "FIN_WAIT1 CLOSE_WAIT"},
		{name: "FIN with data", script: shake + "c FPA 1 1 len=10\n s A 1 12", want: "FIN_WAIT2 CLOSE_WAIT"},
		{name: "ACK of the data, not of the FIN", script: shake + "c FPA 1 1 len=10\n s A 1 11", want: "FIN_WAIT1 CLOSE_WAIT"},
		{name: "last ACK is missing", script: shake + "c FA 1 1\n s FA 1 2", want: "TIME_WAIT LAST_ACK"},
		{name: "half-closed, data goes on", script: shake + "c FA 1 1\n s A 1 2\n s PA 1 2 len=100\n c A 2 101\n s PA 101 2 len=100\n c A 2 201", want: "FIN_WAIT2 CLOSE_WAIT"},
		{name: "both close at once", script: shake + "c FA 1 1\n s FA 1 1", want: "CLOSING CLOSING"},
		{name: "both close at once, and acknowledge", script: shake + "c FA 1 1\n s FA 1 1\n c A 2 2\n s A 2 2", want: "TIME_WAIT TIME_WAIT by fin"},
		{name: "FIN twice", script: shake + "c FA 1 1\n c FA 1 1\n s FA 1 2\n c A 2 2", want: "TIME_WAIT CLOSED by fin; c: retransmits 1"},
		{name: "FIN behind a gap", script: shake + "c FA 101 1", want: "FIN_WAIT1 ESTABLISHED"},
		{name: "FIN behind a gap that is filled", script: shake + "c FA 101 1\n c PA 1 1 len=100\n s A 1 102", want: "FIN_WAIT2 CLOSE_WAIT; c: out of order 1"},
		{name: "FIN, then a reset", script: shake + "c FA 1 1\n s FA 1 2\n c RA 2 2", want: "CLOSED CLOSED by fin"},
		{name: "FIN out of the window", script: shake + "c A 1 1\n s A 1 1\n c FA 90000 1", want: "ESTABLISHED ESTABLISHED"},
		{name: "late segments", script: shake + "c FA 1 1\n s FA 1 2\n c A 2 2\n c A 2 2\n s A 2 2\n s FA 1 2\n c RA 2 2", want: "TIME_WAIT CLOSED by fin; s: retransmits 1, spurious 1"},

		// Resets.
		{name: "refused", script: "c S 0\n s RA 0 1", want: "CLOSED CLOSED by rst"},
		{name: "refused another SYN", script: "c S 0\n s RA 0 99", want: "SYN_SENT "},
		{name: "RST without ACK to a SYN", script: "c S 0\n s R 0", want: "SYN_SENT "},
		{name: "half-open scan", script: "c S 0\n s SA 0 1\n c R 1", want: "CLOSED CLOSED by rst"},
		{name: "next number", script: shake + "c R 1", want: "CLOSED CLOSED by rst"},
		{name: "in the window", script: shake + "c R 900", want: "CLOSED CLOSED by rst"},
		{name: "above the window", script: shake + "c R 1001", want: "ESTABLISHED ESTABLISHED"},
		{name: "in the scaled window", script: "c S 0 ws=7\n s SA 0 1 ws=7\n c A 1 1\n s A 1 1 win=1000\n c R 100000", want: "CLOSED CLOSED by rst"},
		{name: "below the window", script: shake + "c R 0", want: "ESTABLISHED ESTABLISHED"},
		{name: "below what is acknowledged", script: shake + "c PA 1 1 len=500\n s A 1 501\n c R 400", want: "ESTABLISHED ESTABLISHED"},
		{name: "behind data that is not acknowledged", script: shake + "c PA 1 1 len=1400\n c R 1401", want: "CLOSED CLOSED by rst"},
		{name: "closed window", script: shake + "s A 1 1 win=0\n c R 2", want: "ESTABLISHED ESTABLISHED; s: closed windows 1"},
		{name: "segments behind a reset", script: shake + "s R 1\n c PA 1 1 len=10\n s R 1", want: "CLOSED CLOSED by rst"},
		{name: "reset that is not taken", script: shake + "c R 1\n c PA 1 1 len=10\n s A 1 11", want: "ESTABLISHED ESTABLISHED"},
		{name: "ACK under way", script: shake + "c PA 1 1 len=10\n c R 11\n s A 1 11\n s PA 1 11 len=10", want: "CLOSED CLOSED by rst"},
		{name: "reset of one that is not known", script: "c R 1\n s A 500 1\n s A 500 1\n c A 1 500", want: "CLOSED CLOSED by rst"},
		{name: "reset before the capture", script: "c R 1\n s PA 500 1 len=10\n c A 1 510", want: "ESTABLISHED ESTABLISHED"},

		// The ports again.
		{name: "refused twice", script: "c S 0\n s RA 0 1\n c S 0\n s RA 0 1", want: "CLOSED CLOSED by rst; c: retransmits 1"},
		{name: "refused, then accepted", script: "c S 0\n s RA 0 1\n c S 0\n s SA 0 1\n c A 1 1", want: "ESTABLISHED ESTABLISHED; c: retransmits 1"},
		{name: "refused, then another", script: "c S 0\n s RA 0 1\n c S 500", want: "SYN_SENT ", connections: 2},
		{name: "unanswered, then another", script: "c S 0\n c S 7000", want: "SYN_SENT ", connections: 2},
		{name: "in TIME_WAIT", script: shake + "c FA 1 1\n s FA 1 2\n c A 2 2\n c S 3\n s SA 9000 4\n c A 4 9001", want: "ESTABLISHED ESTABLISHED", connections: 2},
		{name: "the other end in TIME_WAIT", script: shake + "c FA 1 1\n s FA 1 2\n c A 2 2\n s S 9000", want: " SYN_SENT", connections: 2},
		{name: "while closing", script: shake + "c FA 1 1\n c S 9000", want: "SYN_SENT ", connections: 2},
		{name: "out of the window of an open one", script: shake + "c S 90000", want: "SYN_SENT ", connections: 2},
		{name: "in the window of an open one", script: shake + "c S 500", want: "ESTABLISHED ESTABLISHED"},
		{name: "old SYN in an open one", script: shake + "c PA 1 1 len=100\n s A 1 101\n c S 0", want: "ESTABLISHED ESTABLISHED; c: retransmits 1, spurious 1"},
		{name: "old SYN in a closed one", script: shake + "c FA 1 1\n s FA 1 2\n c A 2 2\n c S 0", want: "TIME_WAIT CLOSED by fin"},
		{name: "SYN-ACK in a closed one", script: shake + "c FA 1 1\n s FA 1 2\n c A 2 2\n s SA 700 1", want: "TIME_WAIT CLOSED by fin"},
		{name: "SYN in one from the middle", script: "c A 700 600\n s A 600 700\n c S 90000", want: "SYN_SENT ", connections: 2},
	} {
		t.Run(sc.name, sc.test)
	}
}

// TestTCPLife checks what the time limits of a connection go by.
func TestTCPLife(t *testing.T) {
	s := play{}
	c, _ := s.run(t, shake)
	if _, since := c.life(); since != 0 {
		t.Errorf("open: got over since %d, want 0", since)
	}
	script := shake + "c FA 1 1\n s FA 1 2\n c A 2 2\n +3s\n s FA 1 2\n c A 2 2"
	c, _ = s.run(t, script)
	states, since := c.life()
	if want := [2]State{TimeWait, Closed}; states != want {
		t.Errorf("got states %v, want %v", states, want)
	}
	if want := t0 + 6*ms; since != want {
		t.Errorf("got over since t0 + %d ns, want + %d: the first time", since-t0, want-t0)
	}
	c.setBack(t0+5*ms, 5000*ms)
	c.setBack(t0, 5000*ms)
	if _, got := c.life(); got != since-5000*ms {
		t.Errorf("after the clock was set back by 5 s: got over since t0 + %d ns, want + %d", got-t0, since-5000*ms-t0)
	}
}

// TestTCPStart checks what the inspection goes by: where each end's data begins.
func TestTCPStart(t *testing.T) {
	for _, row := range []struct {
		name, script string
		seq          [2]uint32
		ok           [2]bool
	}{
		{name: "opened", script: shake, seq: [2]uint32{1, 1}, ok: [2]bool{true, true}},
		{name: "data has passed", script: shake + "c PA 1 1 len=5", seq: [2]uint32{1, 1}, ok: [2]bool{false, true}},
		{name: "from the middle", script: "c A 5 5"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, _ := play{}.run(t, row.script)
			for w := range 2 {
				seq, ok := c.start(w)
				if ok != row.ok[w] || ok && seq != row.seq[w] {
					t.Errorf("end %d: got %d, %v, want %d, %v", w, seq, ok, row.seq[w], row.ok[w])
				}
			}
		})
	}
}

// TestTCPSent checks which numbers an ICMP error may quote.
func TestTCPSent(t *testing.T) {
	c, _ := play{}.run(t, shake+"c PA 1 1 len=100\n s A 1 51")
	for seq, want := range map[uint32]bool{50: false, 51: true, 100: true, 101: true, 102: false} {
		if got := c.sent(0, seq); got != want {
			t.Errorf("sent %d: got %v, want %v", seq, got, want)
		}
	}
	if !new(conn).sent(0, 1) {
		t.Error("of a connection of which nothing is known: got false, want true")
	}
}
