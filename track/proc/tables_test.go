package proc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sockeye/internal/testkit"
)

// tableNamed returns one of the tables.
func tableNamed(tb testing.TB, name string) *table {
	tb.Helper()
	for _, list := range [...][]*table{portTables, rawTables, {packetTable}} {
		for _, t := range list {
			if t.name == name {
				return t
			}
		}
	}
	tb.Fatalf("no table %s", name)
	return nil
}

// Tables of a Linux 6.18 on amd64; those of SCTP, which it lacks, of older ones.
const (
	textTCP = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n" +
		"   0: 0100007F:C07E 0100007F:1F90 01 00000007:0000000B 02:000005D5 00000000  1000        0 8069938 3 0000000008d23aec 20 4 30 11 -1                  \n" +
		"   1: 0100007F:860C 0100007F:1F90 06 00000000:00000000 03:0000176A 00000000  1000        0 0 3 000000009b04ddd0                                      \n"
	textTCP6 = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
		"   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8069934 2 000000003052c54b 100 0 0 10 0\n" +
		"   1: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000100007F:C07E 01 00000000:00000005 02:000005D5 00000000     0        0 8069939 3 000000003e7c5028 20 4 31 11 -1\n"
	textUDP6 = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" +
		" 6147: 00000000000000000000000000000000:14E9 00000000000000000000000000000000:0000 07 00000000:00000340 00:00000000 00000000     0        0 8069940 2 000000007c9d17de 12\n"
	textRaw = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" +
		" 177: 00000000:00FD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 8069943 2 00000000ae969d41 0\n"
	textICMP = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n" +
		"   46: 0100007F:19D4 0100007F:0000 01 00000000:00000000 00:00000000 00000000     0        0 8070618 2 00000000a32509ce 0       \n"
	textPacket = "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n" +
		"0000000037051b58 3      3    0003   1     1 832    1000   8069946\n"
	textAssocs = " ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS HBINT INS OUTS MAXRT T1X T2X RTXC wmema wmemq sndbuf rcvbuf\n" +
		"       0        0 2   1   3  0      60        4      496    1000 188897 12345 54321  192.0.2.1 10.0.0.1 <-> 10.0.0.2 *192.0.2.2 \t    30000 65535 65535   10    0    0        0        1        0   212992   212992\n"
	textEndpoints = " ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n" +
		"       0        0 2   10  22   8888   1000 1870579 0.0.0.0 \n"
)

func TestReadTable(t *testing.T) {
	for _, tt := range []struct {
		table, text string
		device      uint32
		want        []Socket
	}{
		{"tcp", textTCP, 0, []Socket{
			{Family: afInet, Proto: 6, Type: sockStream, State: "ESTABLISHED", Local: end("127.0.0.1:49278"), Remote: end("127.0.0.1:8080"),
				UID: 1000, Inode: 8069938, SendQueue: 7, ReceiveQueue: 11},
			{Family: afInet, Proto: 6, Type: sockStream, State: "TIME_WAIT", Local: end("127.0.0.1:34316"), Remote: end("127.0.0.1:8080")},
		}},
		{"tcp6", textTCP6, 0, []Socket{
			{Family: afInet6, Proto: 6, Type: sockStream, State: "LISTEN", Local: end("[::]:8080"), Remote: end("[::]:0"), Inode: 8069934},
			{Family: afInet6, Proto: 6, Type: sockStream, State: "ESTABLISHED", Local: end("127.0.0.1:8080"), Remote: end("127.0.0.1:49278"),
				Inode: 8069939, ReceiveQueue: 5},
		}},
		{"udp6", textUDP6, 0, []Socket{
			{Family: afInet6, Proto: 17, Type: sockDgram, State: "UNCONNECTED", Local: end("[::]:5353"), Remote: end("[::]:0"),
				Inode: 8069940, ReceiveQueue: 832, Drops: 12},
		}},
		{"raw", textRaw, 0, []Socket{
			{Family: afInet, Proto: 253, Type: sockRaw, State: "UNCONNECTED", Local: end("0.0.0.0:0"), Remote: end("0.0.0.0:0"), Inode: 8069943},
		}},
		{"icmp", textICMP, 0, []Socket{
			{Family: afInet, Proto: 1, Type: sockDgram, State: "ESTABLISHED", Local: end("127.0.0.1:6612"), Remote: end("127.0.0.1:0"), Inode: 8070618},
		}},
		{"packet", textPacket, 1, []Socket{
			{Family: afPacket, Proto: 3, Type: sockRaw, State: "UNCONNECTED", UID: 1000, Inode: 8069946, ReceiveQueue: 832},
		}},
		{"sctp/assocs", textAssocs, 0, []Socket{
			{Family: afInet, Proto: 132, Type: sockStream, State: "ESTABLISHED", Local: end("192.0.2.1:12345"), Remote: end("192.0.2.2:54321"),
				UID: 1000, Inode: 188897, SendQueue: 4, ReceiveQueue: 496},
		}},
		{"sctp/eps", textEndpoints, 0, []Socket{
			{Family: afInet, Proto: 132, Type: sockStream, State: "LISTEN", Local: end("0.0.0.0:8888"), UID: 1000, Inode: 1870579},
		}},
	} {
		t.Run(tt.table, func(t *testing.T) {
			table := tableNamed(t, tt.table)
			var got []Socket
			var s Socket
			table.read([]byte(tt.text), &s, func(device uint32) {
				if device != tt.device {
					t.Errorf("got device %d, want %d", device, tt.device)
				}
				got = append(got, s)
			})
			if diff := cmp.Diff(tt.want, got, compareAddrs); diff != "" {
				t.Errorf("sockets, want - got +:\n%s", diff)
			}
			if !strings.HasPrefix(tt.table, "sctp") { // whose addresses are parsed as strings
				text := []byte(tt.text)
				testkit.ZeroAllocs(t, "read", func() { table.read(text, &s, func(uint32) {}) })
			}
		})
	}
}

// FuzzReadTable reads tables of any form: there is no more than a socket a line, none
// with a mapped address, and none of nobody that has a user.
func FuzzReadTable(f *testing.F) {
	for _, text := range []string{textTCP, textTCP6, textUDP6, textRaw, textICMP, textPacket, textAssocs, textEndpoints} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := strings.Count(string(text), "\n") + 1
		for _, list := range [...][]*table{portTables, rawTables, {packetTable}} {
			for _, table := range list {
				n := 0
				var s Socket
				table.read(text, &s, func(uint32) {
					n++
					if s.Local.Addr().Is4In6() || s.Remote.Addr().Is4In6() {
						t.Errorf("%s: got a mapped address in %v, %v", table.name, s.Local, s.Remote)
					}
					if s.Inode == 0 && s.UID != 0 {
						t.Errorf("%s: a socket of nobody: got uid %d", table.name, s.UID)
					}
				})
				if n > lines {
					t.Errorf("%s: got %d sockets of %d lines", table.name, n, lines)
				}
			}
		}
	})
}

func BenchmarkReadTable(b *testing.B) {
	heading, line, _ := strings.Cut(textTCP, "\n")
	text := []byte(heading + "\n" + strings.Repeat(line, 500))
	var s Socket
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		portTables[0].read(text, &s, func(uint32) {})
	}
}
