package dpi

import (
	"encoding/binary"
	"testing"
)

// googleHello is a client's first packet of Google's versions up to Q046, with the
// tags of its hello in pairs of name and value.
func googleHello(version string, tags ...string) []byte {
	id := "\x01\x02\x03\x04\x05\x06\x07\x08"
	var b []byte
	if version == "Q046" {
		b = append([]byte("\xc3"+version+"\x50"+id), 0, 0, 0, 1)
	} else {
		b = append([]byte("\x09"+id+version), 1)
	}
	b = append(b, make([]byte, 12)...)        // checksum
	b = append(b, "\xa0\x01\x04\x00"...)      // STREAM 1
	b = append(b, "CHLO"...)                  // tag of the message
	b = append(b, byte(len(tags)/2), 0, 0, 0) // number of tags
	end, values := 0, ""
	for i := 0; i < len(tags); i += 2 {
		end += len(tags[i+1])
		values += tags[i+1]
		b = binary.LittleEndian.AppendUint32(append(b, tags[i]...), uint32(end))
	}
	return append(append(b, values...), make([]byte, 900)...)
}

func TestGoogleQUIC(t *testing.T) {
	for _, version := range []string{"Q024", "Q039", "Q043", "Q046"} {
		t.Run(version, func(t *testing.T) {
			hello := googleHello(version, "PAD\x00", "----", "SNI\x00", "www.example.org", "UAID", "Browser/1.0", "ICSL", "\x1e\x00\x00\x00")
			if got := matchQUIC(&sample{head: [2][]byte{hello}, wire: len(hello)}); got != sure {
				t.Errorf("match: got %d, want sure", got)
			}
			p := newQUICPlay()
			p.send(ToServer, hello)
			d := p.q.d
			if d.Version != version || d.SNI != "www.example.org" || d.UserAgent != "Browser/1.0" || d.IdleTimeoutMS != 30000 ||
				d.DCID != "0102030405060708" || d.Phase != quicStateInitial || d.Subject() != "www.example.org" {
				t.Errorf("hello: got %+v", d)
			}
			p.send(ToClient, append([]byte{0x00, 1}, make([]byte, 30)...))
			if d.Phase != quicStateHandshake {
				t.Errorf("after the server's answer: got %s", d.Phase)
			}
			p.send(ToServer, append([]byte("\x08\x01\x02\x03\x04\x05\x06\x07\x08\x02"), make([]byte, 30)...))
			if d.Phase != quicStateConnected {
				t.Errorf("without the version: got %s", d.Phase)
			}
		})
	}
	p := newQUICPlay()
	p.send(ToServer, googleHello("Q043"))
	p.send(ToClient, append([]byte("\x0a\x01\x02\x03\x04\x05\x06\x07\x08PRST"), make([]byte, 20)...))
	if p.q.d.Phase != quicStateClosed {
		t.Errorf("public reset: got %s, want %s", p.q.d.Phase, quicStateClosed)
	}
}

// TestGoogleQUICEncrypted reads the hello of Q050, which is in an Initial packet.
func TestGoogleQUICEncrypted(t *testing.T) {
	plain := googleHello("Q043", "SNI\x00", "www.example.org")
	message := plain[30 : len(plain)-900]
	frame := append([]byte{googlePing, googleCRYPTO, 0, 0x40 | byte(len(message)>>8), byte(len(message))}, message...)
	p := newQUICPlay()
	p.send(ToServer, (&quicPacket{
		version: 0x51303530, origin: quicDCID, dcid: quicDCID, text: frame, least: 1200,
	}).seal())
	if d := p.q.d; d.Version != "Q050" || d.SNI != "www.example.org" {
		t.Errorf("got %+v", d)
	}
}
