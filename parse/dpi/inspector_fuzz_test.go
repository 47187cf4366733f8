package dpi

import (
	"testing"

	"sockeye/parse"
)

// FuzzInspector sends any segments and datagrams to an Inspector with all decoders.
// It never panics, keeps within its memory, and gives it back; and what it knows can
// be written.
func FuzzInspector(f *testing.F) {
	for _, c := range registered {
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		var script []byte
		for _, s := range all {
			for b := s.b; len(b) > 0; {
				n := min(len(b), 255)
				script = append(script, byte(s.dir)<<fuzzDir|parse.FlagACK, byte(n))
				script = append(script, b[:n]...)
				b = b[n:]
			}
		}
		f.Add(c.udp, script)
	}
	f.Fuzz(func(t *testing.T, udp bool, script []byte) {
		var pool Pool
		var out played
		ends := conversation{ports: [2]uint16{1, 2}}.ends(false)
		i := pool.Get(ends[0], ends[1], &out)
		next := [2]uint32{1<<32 - 100, 7}
		for n := 0; len(script) >= 2 && n < 500; n++ {
			flags, size := script[0], int(script[1])
			b := script[2:min(len(script), 2+size)]
			script = script[2+len(b):]
			dir := Dir(flags >> fuzzDir & 1)
			p := parse.Packet{
				Time: int64(n), Seq: next[dir], Ack: next[dir.other()], TCPFlags: flags &^ fuzzOdd,
				Data: append([]byte{0}, b...), Payload: 1, PayLen: uint32(len(b)),
			}
			if next[dir] += p.PayLen; flags&fuzzOdd != 0 && len(b) > 1 {
				p.Seq += uint32(b[0]) - 64 // early or late
				p.PayLen += uint32(b[1])   // cut
			}
			if udp {
				i.Datagram(&p, dir)
			} else {
				i.Segment(&p, dir)
			}
			clear(p.Data)
		}
		i.End(1000)
		if app := i.App(); app != nil {
			if _, err := app.MarshalJSON(); err != nil || len(app.Details) > maxDetails {
				t.Errorf("got %v, %d details", err, len(app.Details))
			}
		}
		if got := pool.mem.Lent(); got != 0 {
			t.Errorf("got %d bytes lent in the end, want 0", got)
		}
	})
}

// Bits of a flags byte that no decoder looks at: here for the direction, and for
// what is out of order or cut.
const (
	fuzzDir = 6
	fuzzOdd = parse.FlagURG
)
