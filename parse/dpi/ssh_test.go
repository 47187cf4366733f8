package dpi

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf8"
)

// sshPacket wraps a message as RFC 4253, 6 has it without encryption.
func sshPacket(message []byte) []byte {
	padding := 8 - (5+len(message))%8
	if padding < 4 {
		padding += 8
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(message)+padding))
	b = append(b, byte(padding))
	b = append(b, message...)
	return append(b, make([]byte, padding)...)
}

// sshKexInitOf builds a KEXINIT of eight lists of names.
func sshKexInitOf(lists ...string) []byte {
	b := append([]byte{sshKexInit}, bytes.Repeat([]byte{0x5a}, 16)...)
	for n := range 10 {
		list := "" // languages
		if n < len(lists) {
			list = lists[n]
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(list)))
		b = append(b, list...)
	}
	return sshPacket(append(b, 0, 0, 0, 0, 0))
}

var (
	sshClientLists = []string{
		"mlkem768x25519-sha256,curve25519-sha256,ext-info-c", "ssh-ed25519,rsa-sha2-512",
		"chacha20-poly1305@openssh.com,aes128-ctr", "chacha20-poly1305@openssh.com,aes128-ctr",
		"umac-64-etm@openssh.com,hmac-sha2-256", "umac-64-etm@openssh.com,hmac-sha2-256", "none,zlib", "none",
	}
	sshServerLists = []string{
		"curve25519-sha256,mlkem768x25519-sha256", "rsa-sha2-512", "aes128-ctr,chacha20-poly1305@openssh.com",
		"aes128-ctr", "hmac-sha2-256", "hmac-sha2-256", "zlib,none", "none",
	}
)

// sshOpening is what both ends say in plain.
func sshOpening() []said {
	kex := func(n byte) []byte { return sshPacket(append([]byte{n, 0, 0, 0, 32}, make([]byte, 32)...)) }
	newKeys := sshPacket([]byte{sshNewKeys})
	return []said{
		{dir: ToServer, b: []byte("SSH-2.0-OpenSSH_10.2 Fedora\r\n")},
		{dir: ToClient, b: []byte("Authorised use only.\r\nSSH-2.0-dropbear_2025.88\r\n")},
		{dir: ToServer, b: sshKexInitOf(sshClientLists...)},
		{dir: ToClient, b: sshKexInitOf(sshServerLists...)},
		{dir: ToServer, b: kex(sshKexFirst)},
		{dir: ToClient, b: append(kex(31), newKeys...)},
		{dir: ToServer, b: newKeys},
	}
}

func sshSession(n ...int) []said {
	all := sshOpening()
	for i, size := range n {
		all = append(all, said{dir: Dir(i & 1), b: bytes.Repeat([]byte{0xa7}, size)})
	}
	return all
}

var sshTalks = register(
	conversation{name: "key exchange", proto: SSH, said: sshSession()},
	conversation{name: "a large session", proto: SSH, said: sshSession(44, 44, 9000, 9000)},
	conversation{name: "beginning not seen", proto: SSH, said: sshOpening()[2:], mid: true},
	conversation{name: "banners only", proto: SSH, text: `
		s "SSH-2.0-Cisco-1.25\n"
		c "SSH-2.0-x\n"`},
	conversation{name: "version 1", proto: SSH, text: `
		s "SSH-1.5-1.2.27\n"
		c "SSH-1.5-OpenSSH_3.9\n"
		s 0000010a 00 00 00 00 00 02 0011223344556677`},
	conversation{name: "one side", proto: SSH, text: `s "SSH-1.99-OpenSSH_3.9p1\n"`, oneSide: true},
)

func TestSSH(t *testing.T) {
	const lists = "mlkem768x25519-sha256,curve25519-sha256,ext-info-c;chacha20-poly1305@openssh.com,aes128-ctr;" +
		"umac-64-etm@openssh.com,hmac-sha2-256;none,zlib"
	want := SSHDetail{
		Version: "2.0", ClientBanner: "SSH-2.0-OpenSSH_10.2 Fedora", ServerBanner: "SSH-2.0-dropbear_2025.88",
		ClientSoftware: "OpenSSH_10.2", ServerSoftware: "dropbear_2025.88",
		Kex: "mlkem768x25519-sha256", PostQuantum: true, HostKey: "rsa-sha2-512",
		Cipher: "chacha20-poly1305@openssh.com", CipherServer: "aes128-ctr",
		MAC: "hmac-sha2-256", Compression: "none",
		HASSH: "e2ec43438ac9dea5724706205842dadb", HASSHFull: lists,
		HASSHServer:     "d6bdc41d7251ab46e802c2557b4dbeb1",
		HASSHServerFull: "curve25519-sha256,mlkem768x25519-sha256;aes128-ctr;hmac-sha2-256;none",
		Stage:           "AUTHENTICATION",
	}
	got := *detail[*SSHDetail](t, play(t, sshTalks[0]).App, "ssh")
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	stages := []string{"AUTHENTICATION", "ESTABLISHED", "AUTHENTICATION", "KEYEXCHANGE", "KEYEXCHANGE", "BANNER"}
	for n, c := range sshTalks {
		out := play(t, c)
		d := detail[*SSHDetail](t, out.App, "ssh")
		if d.State() != stages[n] {
			t.Errorf("%s: got %s, want %s", c.name, d.State(), stages[n])
		}
		if out.App.Confidence != Exact {
			t.Errorf("%s: got %v, want exact", c.name, out.App.Confidence)
		}
	}
}

// TestSSHAuthenticated plays a session whose first answers tell by their size that
// the password was right.
func TestSSHAuthenticated(t *testing.T) {
	for _, c := range []struct {
		name  string
		sizes []int
		want  string
	}{
		{"accepted", []int{44, 44, 68, 52, 148, 28}, "ESTABLISHED"},
		{"refused", []int{44, 44, 68, 52, 148, 52, 148, 52}, "AUTHENTICATION"},
	} {
		out := conversation{name: c.name, proto: SSH, said: sshSession(c.sizes...)}.once(t, manner{})
		if got := detail[*SSHDetail](t, out.App, "ssh").State(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestSSHTurned has the owner take the server for the client, with no SYN to tell.
func TestSSHTurned(t *testing.T) {
	c := conversation{name: "turned", proto: SSH, said: sshOpening(), mid: true}
	d := detail[*SSHDetail](t, c.once(t, manner{mistaken: true}).App, "ssh")
	if d.ServerSoftware != "dropbear_2025.88" || d.HASSHServerFull[:10] != "curve25519" || d.HostKey != "rsa-sha2-512" {
		t.Errorf("got %+v", d)
	}
}

// TestHASSH requires the lists of the right way, and their MD5 as md5sum(1) has it.
func TestHASSH(t *testing.T) {
	o := sshOffer{offerKex: "a,b", offerCipher: "c", offerCipher + 1: "d", offerMAC: "e", offerMAC + 1: "f",
		offerCompression: "none", offerCompression + 1: "zlib"}
	if full, sum := o.hassh(0); full != "a,b;c;e;none" || sum != "ae34d4009c27a8a58ac41b58763e1725" {
		t.Errorf("got %s of %s", sum, full)
	}
	if full, _ := o.hassh(1); full != "a,b;d;f;zlib" {
		t.Errorf("got %s", full)
	}
}

func FuzzSSH(f *testing.F) {
	for _, c := range sshTalks {
		all, err := c.lines()
		if err != nil {
			f.Fatal(err)
		}
		var both [2][]byte
		for _, s := range all {
			both[s.dir] = append(both[s.dir], s.b...)
		}
		f.Add(both[0], both[1], 7)
	}
	f.Fuzz(func(t *testing.T, client, server []byte, cut int) {
		c := conversation{name: "fuzz", ports: [2]uint16{1, 2}, said: []said{{b: client}, {dir: ToClient, b: server}}}
		if cut > 0 && cut < len(client) {
			c.said = []said{{b: client[:cut]}, {dir: ToClient, b: server}, {b: client[cut:]}}
		}
		out := c.once(t, manner{})
		d, ok := out.App.Find("ssh").(*SSHDetail)
		if !ok {
			return
		}
		if len(d.ClientBanner) > maxText || len(d.HASSHFull) > 4*sshMaxOffer+3 || d.Stage == "" {
			t.Errorf("got a detail of %d bytes, stage %q", len(asJSON(d)), d.Stage)
		}
		sent := string(client) + string(server)
		if utf8.ValidString(sent) && !strings.Contains(sent, d.ServerBanner) {
			t.Errorf("got banner %q, which was not sent", d.ServerBanner)
		}
	})
}
