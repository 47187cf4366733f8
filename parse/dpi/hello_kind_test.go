package dpi

import (
	"bytes"
	"reflect"
	"testing"

	"sockeye/internal/testkit"
)

// A hello is of the kind that it would be of alone, whatever was read before it: also
// one that differs from that in one bit.
func TestHelloKind(t *testing.T) {
	c := &conv{i: &Inspector{pool: new(Pool)}}
	check := func(hello []byte) {
		t.Helper()
		var m, again clientHello
		m.read(tlsBytes{b: hello}, false)
		again.read(tlsBytes{b: hello}, false)
		var want helloKind
		want.read(&conv{i: &Inspector{pool: new(Pool)}}, &again, 't')
		got := *c.i.pool.shared.kindOf(c, &m, 't')
		if got.key = ""; !reflect.DeepEqual(got, want) {
			t.Fatalf("hello %x:\n got %+v\nwant %+v", hello, got, want)
		}
	}
	for name, talk := range tlsTalks {
		hello := talk.said[0].b[recordHeader+4:]
		for n := range hello {
			for bit := range 8 {
				one := bytes.Clone(hello)
				one[n] ^= 1 << bit
				check(hello)
				check(one)
			}
			check(hello[:n])
		}
		if len(hello) == 0 {
			t.Errorf("%s: got no hello", name)
		}
	}
	var m clientHello
	hello := tlsTalks["1.3"].said[0].b[recordHeader+4:]
	testkit.ZeroAllocs(t, "a hello of a known kind", func() {
		m.read(tlsBytes{b: hello}, false)
		c.i.pool.shared.kindOf(c, &m, 't')
	})
}
