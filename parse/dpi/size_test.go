package dpi

import (
	"runtime"
	"testing"
	"unsafe"

	"sockeye/internal/testkit"
	"sockeye/parse"
)

// TestSizes compares what Size says with what the heap holds, for handshakes that
// nobody answers and for what is left of those that were.
func TestSizes(t *testing.T) {
	const n = 500
	for _, c := range registered {
		t.Run(c.name, func(t *testing.T) {
			kept := make([]*App, n)
			before := heap()
			for i := range kept {
				kept[i] = c.once(t, manner{}).App
				_, _ = kept[i].MarshalJSON()
			}
			got := int(heap()-before) / n
			want := kept[0].Size()
			if got > 2*want || want > 4*got {
				t.Errorf("an App takes %d bytes, Size says %d", got, want)
			}
			runtime.KeepAlive(kept)
		})
	}
}

// TestFootprint adds up a value of every kind, which refers to itself, too.
func TestFootprint(t *testing.T) {
	type leaf struct {
		text string
		_    int64
	}
	type tree struct {
		leaf
		list  []leaf
		two   [2]leaf
		bytes []byte
		down  *tree
		names []string
	}
	size := int(unsafe.Sizeof(tree{}))
	v := &tree{
		leaf: leaf{text: "12"}, list: make([]leaf, 1, 3), two: [2]leaf{{}, {text: "345"}},
		bytes: make([]byte, 2, 10), names: []string{"6", "78"},
	}
	v.list[0].text = "9"
	want := size + 2 + 3*int(unsafe.Sizeof(leaf{})) + 1 + 3 + 10 + 2*int(unsafe.Sizeof("")) + 3
	if got := footprint(v, true); got != want {
		t.Errorf("got %d bytes, want %d", got, want)
	}
	v.down = &tree{leaf: leaf{text: "0"}}
	if got := footprint(v, false); got != want {
		t.Errorf("with a pointer that is not followed: got %d bytes, want %d", got, want)
	}
	if got := footprint(v, true); got != want+size+1 {
		t.Errorf("with a pointer: got %d bytes, want %d", got, want+size+1)
	}
	testkit.ZeroAllocs(t, "footprint", func() { footprint(v, true) })
}

// heap returns the bytes of the heap that are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestSizesOfUnfinished does the same for Inspectors that have seen what one end says
// first, which is what a flood leaves behind.
func TestSizesOfUnfinished(t *testing.T) {
	const n = 500
	for _, c := range registered {
		talk, err := c.lines()
		if err != nil {
			t.Fatal(err)
		}
		first := append([]byte{0}, talk[0].b...)
		p := parse.Packet{Proto: 6, TCPFlags: parse.FlagACK, Seq: 1, Data: first, Payload: 1, PayLen: uint32(len(talk[0].b))}
		ends := c.ends(false)
		t.Run(c.name, func(t *testing.T) {
			var pool Pool
			kept := make([]*Inspector, n)
			before := heap()
			for k := range kept {
				i := pool.Get(ends[0], ends[1], nil)
				if c.udp {
					i.Datagram(&p, talk[0].dir)
				} else {
					i.Start(ToServer, 1)
					i.Start(ToClient, 1)
					i.Segment(&p, talk[0].dir)
				}
				_ = i.App()
				kept[k] = i
			}
			got := int(heap()-before) / n
			want := kept[0].Size() + pool.Lent()/n
			if got > want*5/3+200 || want > 3*got {
				t.Errorf("an Inspector takes %d bytes, Size says %d", got, want)
			}
			runtime.KeepAlive(kept)
		})
	}
}
