package dpi

import "testing"

// TestAppsDoNotChange takes the App behind each packet of each conversation, and
// every event: what was handed out stays as it was, since others read it while the
// decoders go on.
func TestAppsDoNotChange(t *testing.T) {
	type copied struct {
		of   any
		text string
	}
	for _, c := range registered {
		all, err := c.lines()
		if err != nil {
			t.Fatal(err)
		}
		var out played
		var kept []copied
		ends := c.ends(false)
		w := wire{now: startTime, i: New(ends[0], ends[1], &out), seq: [2]uint32{100, 1000}}
		if !c.udp && !c.mid {
			w.open()
		}
		for _, s := range append(all, all...) { // twice: lists are full in the end
			w.now += 1e6
			if c.udp {
				w.datagram(s)
			} else {
				w.say(s, c.oneSide)
			}
			if a := w.i.App(); a != nil {
				kept = append(kept, copied{a.Details, asJSON(a.Details)})
			}
			for _, e := range out.Events {
				kept = append(kept, copied{e.Detail, asJSON(e.Detail)})
			}
			out.Events = out.Events[:0]
		}
		w.i.End(w.now)
		for _, k := range kept {
			if got := asJSON(k.of); got != k.text {
				t.Errorf("%v, %s:\n got %s\nwant %s", c.proto, c.name, got, k.text)
			}
		}
	}
}
