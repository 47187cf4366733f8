package proc

import (
	"net"
	"testing"
)

// TestConnected: both ends of a connection of either family are listed, and what only
// listens is not.
func TestConnected(t *testing.T) {
	d, err := newDiag()
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		server, err := net.Listen("tcp", at)
		if err != nil {
			t.Logf("no TCP at %s here: %v", at, err)
			continue
		}
		defer server.Close()
		client, err := net.Dial("tcp", server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		accepted, err := server.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer accepted.Close()
		found := make(map[string]string)
		if err := d.connected(func(s *Socket) {
			if s.State != stateEstablished || s.Inode == 0 {
				return
			}
			found[s.Local.String()] = s.Remote.String()
		}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []net.Conn{client, accepted} {
			if got, want := found[c.LocalAddr().String()], c.RemoteAddr().String(); got != want {
				t.Errorf("the end of %v: got %q, want %q", c.LocalAddr(), got, want)
			}
		}
		if err := d.connected(func(s *Socket) {
			if s.State == stateListen {
				t.Errorf("got %v, which listens", s.Local)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
}
