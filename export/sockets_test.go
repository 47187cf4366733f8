package export

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockeye/parse"
	"sockeye/track/proc"
)

// manySockets has a socket of each kind.
func manySockets() []proc.Socket {
	at := netip.MustParseAddrPort
	inet, inet6 := uint8(2), uint8(10)
	return []proc.Socket{
		{
			Family: inet6, Proto: parse.ProtoTCP, Type: 1, State: "LISTEN", Local: at("[::]:22"), Dual: true, Inode: 1, Cookie: 11, NetNS: 4026531840,
			SendQueue: 128, Owner: proc.Owner{Process: sshd, Source: proc.FromDiag}, Others: []*proc.Process{curl, escaping},
		},
		{
			Family: inet, Proto: parse.ProtoTCP, Type: 1, State: "ESTABLISHED", Local: at("192.0.2.2:50000"), Remote: at("203.0.113.9:443"), Inode: 2,
			SendQueue: 3, ReceiveQueue: 4, TCP: &proc.KernelTCP{
				RTT: 20 * time.Millisecond, RTTVar: time.Millisecond, MinRTT: 19 * time.Millisecond, Window: 10, MSS: 1448,
				Retransmits: 3, Unacked: 2, Lost: 1, Sent: 10_000, Received: 1_500_000, DeliveryRate: 1e6, Pacing: 2e6, Congestion: "cubic",
			},
			Owner: proc.Owner{Process: curl, Source: proc.FromEBPF},
		},
		{
			Family: inet6, Proto: parse.ProtoTCP, Type: 1, State: "TIME_WAIT", Local: at("[2001:db8::2]:22"),
			Remote: at("[2001:db8:1111:2222:3333:4444:5555:6666]:61000"), Owner: proc.Owner{Reason: proc.NoSocket},
		},
		{
			Family: inet, Proto: parse.ProtoUDP, Type: 2, State: "UNCONNECTED", Local: at("0.0.0.0:123"), Device: "eth0", Inode: 3, Drops: 7,
			Owner: proc.Owner{Process: somebody, Source: proc.FromDiag, Reason: proc.NoRights},
		},
		{
			Family: inet, Proto: parse.ProtoICMP, Type: 3, State: "UNCONNECTED", Local: at("0.0.0.0:0"), Inode: 4,
			Owner: proc.Owner{Process: escaping, Source: proc.FromProc},
		},
		{Family: afPacket, Proto: 3, Type: 3, Inode: 5, NetNS: 1<<63 | 7, Owner: proc.Owner{Process: sshd, Source: proc.FromProc}},
		{Family: afPacket, Proto: 0x0806, Type: 2, Device: "wlan0", Inode: 6, Owner: proc.Owner{Reason: proc.NoRights}},
	}
}

func socketRecord() *SocketRecord {
	r := NewSocketRecord(time.Unix(0, begin), manySockets(), &proc.Stats{Asked: 7})
	r.Measured = 2
	r.Sockets[1].Traffic = &SocketTraffic{Flows: 1, Sent: 2000, Received: 3_000_000, RateSent: 1000, RateReceived: 1_500_000}
	return r
}

func TestSocketsJSON(t *testing.T) {
	text, err := json.MarshalIndent(socketRecord(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "sockets.json", append(text, '\n'))
	doc, err := os.ReadFile(filepath.Join("..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if _, name, ok := strings.Cut(line, `"`); ok && strings.Contains(name, `": `) {
			name, _, _ = strings.Cut(name, `"`)
			if !bytes.Contains(doc, []byte("`"+name+"`")) {
				t.Errorf("docs/json.md does not name `%s`", name)
			}
		}
	}
}

func TestSocketsText(t *testing.T) {
	for name, text := range map[string]SocketText{"log": {}, "80": {Width: 80}, "traffic_80": {Width: 80}, "110": {Width: 110, Bytes: true}} {
		var b bytes.Buffer
		r := socketRecord()
		if name == "80" {
			r.Measured = 0
			for i := range r.Sockets {
				r.Sockets[i].space = 4026531840
			}
		}
		if err := text.Write(&b, r); err != nil {
			t.Fatal(err)
		}
		golden(t, "sockets_"+name+".txt", b.Bytes())
		for line := range strings.Lines(b.String()) {
			if n := len([]rune(strings.TrimRight(line, " \n"))); text.Width > 0 && n > text.Width {
				t.Errorf("width %d: got a line of %d columns: %s", text.Width, n, line)
			}
		}
	}
}

// TestSocketsNone checks that there is a list where there is no socket, and a head of
// the table.
func TestSocketsNone(t *testing.T) {
	r := NewSocketRecord(time.Unix(0, begin), nil, nil)
	if text, err := json.Marshal(r); err != nil || !bytes.Contains(text, []byte(`"sockets":[]`)) {
		t.Errorf("got %s, %v want an empty list", text, err)
	}
	var b strings.Builder
	if err := (&SocketText{Width: 20}).Write(&b, r); err != nil || b.String() != "PROTO  STATE  LOCAL  REMOTE  USER  PROCESS\n" {
		t.Errorf("got %q, %v want the head alone", b.String(), err)
	}
}
