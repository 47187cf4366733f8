package packet

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBuild(t *testing.T) {
	tests := []struct {
		name   string
		layers []Layer
		want   string
	}{
		{"UDP in IPv4 in two tags, padded",
			[]Layer{
				Ethernet{Pad: true}, VLAN{ID: 5, TPID: 0x88a8}, VLAN{ID: 6, Priority: 1},
				IPv4{ID: 0x1234}, UDP{Src: 53, Dst: 1024}, Bytes("abc"),
			},
			`020000000002 020000000001 88a8 0005 8100 2006 0800
			 4500001f 12340000 4011 e496 c0000201 c0000202
			 0035 0400 000b b33c 616263 0000000000 0000`},
		{"TCP behind hop-by-hop options and a fragment header",
			[]Layer{
				IPv6{}, HopByHop{}, Fragment{ID: 7},
				TCP{Src: 1, Dst: 2, Seq: 3, Ack: 4, Flags: SYN | ACK, Options: []byte{2, 4, 5, 0xb4}},
			},
			`60000000 0028 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002
			 2c00 0104 00000000  0600 0000 00000007
			 0001 0002 00000003 00000004 6012 ffff 3c98 0000 020405b4`},
		{"two labels and an ARP request",
			[]Layer{MPLS{Label: 16}, MPLS{Label: 17}, ARP{}},
			`00010040 00011140 0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202`},
		{"GRE with checksum and key around ICMP",
			[]Layer{GRE{Checksum: true, Key: new(uint32(9))}, IPv4{}, ICMP{Type: 8, ID: 1, Seq: 2}},
			`a0000800 57f6 0000 00000009 4500001c 00000000 4001 f6dd c0000201 c0000202 0800 f7fc 0001 0002`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := Build(tt.layers...), unhex(t, tt.want); !bytes.Equal(got, want) {
				t.Errorf("got  %x\nwant %x", got, want)
			}
		})
	}
}

// What the receiver sums over a right header or segment is zero (RFC 1071).
func TestChecksums(t *testing.T) {
	b := Build(IPv4{Options: []byte{1, 1, 1, 0}}, UDP{Src: 7, Dst: 9}, Bytes("odd"))
	if sum := Checksum(b[:24]); sum != 0 {
		t.Errorf("IPv4 header: got sum %#x, want 0", sum)
	}
	pseudo := append(append([]byte{}, b[12:20]...), 0, 17, 0, byte(len(b)-24))
	if sum := Checksum(append(pseudo, b[24:]...)); sum != 0 {
		t.Errorf("UDP: got sum %#x, want 0", sum)
	}
	b = Build(IPv6{}, ICMPv6{Type: 128, ID: 1, Seq: 1}, Bytes("ping"))
	pseudo = append(append([]byte{}, b[8:40]...), 0, 0, 0, byte(len(b)-40), 0, 0, 0, 58)
	if sum := Checksum(append(pseudo, b[40:]...)); sum != 0 {
		t.Errorf("ICMPv6: got sum %#x, want 0", sum)
	}
}

func TestFragments(t *testing.T) {
	whole := Build(IPv4{}, UDP{Src: 1, Dst: 2}, Zeros(100))[20:]
	var got []byte
	frames := Fragments([]Layer{Ethernet{}}, IPv4{ID: 9}, 50, UDP{Src: 1, Dst: 2}, Zeros(100))
	for i, f := range frames {
		if off := (int(f[20])<<8 | int(f[21])) & 0x1fff * 8; off != len(got) {
			t.Errorf("fragment %d: got offset %d, want %d", i, off, len(got))
		}
		if more := f[20]&0x20 != 0; more != (i < len(frames)-1) {
			t.Errorf("fragment %d of %d: got more fragments %v", i, len(frames), more)
		}
		if f[23] != 17 {
			t.Errorf("fragment %d: got protocol %d, want 17", i, f[23])
		}
		got = append(got, f[34:]...)
	}
	if !bytes.Equal(got, whole) {
		t.Errorf("got  %x\nwant %x", got, whole)
	}

	whole = Build(IPv6{}, Options{}, UDP{Src: 1, Dst: 2}, Zeros(30))[40:]
	got = nil
	for _, f := range Fragments6(nil, IPv6{}, 3, 24, Options{}, UDP{Src: 1, Dst: 2}, Zeros(30)) {
		if f[6] != 44 || f[40] != 60 || f[47] != 3 {
			t.Errorf("got headers %x, want a fragment header of a destination option", f[:48])
		}
		got = append(got, f[48:]...)
	}
	if !bytes.Equal(got, whole) {
		t.Errorf("got  %x\nwant %x", got, whole)
	}
}
