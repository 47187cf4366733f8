package dpi

import "testing"

func nbDatagram(kind int, from, to string, parts ...any) []byte {
	body := pack(32, nbEncode(from), 0, 32, nbEncode(to), 0, pack(parts...))
	return pack(kind, 0x0e, be2(77), be4(0xc0000201), be2(138), be2(len(body)), be2(0), body)
}

var netbiosDatagramTalks = register(
	conversation{name: "an announcement", proto: NetBIOSDatagram, udp: true, said: []said{
		asks(nbDatagram(0x11, "PC7", "WORKGROUP", smb1Mark, 0x25, make([]byte, 60), `\MAILSLOT\BROWSE`, 0,
			1, 0, le4(60000), "PC7", make([]byte, 13), 10, 0, le4(0x1003), le2(0x10f), le2(0xaa55), "the printer", 0)),
	}},
	conversation{name: "to one", proto: NetBIOSDatagram, udp: true, said: []said{asks(nbDatagram(0x10, "PC7", "FS01", secret))}},
	conversation{name: "nobody of that name", proto: NetBIOSDatagram, udp: true, said: []said{
		asks(pack(0x13, 0x02, be2(77), be4(0xc0000201), be2(138), 0x82)),
	}},
)

func TestNetBIOSDatagram(t *testing.T) {
	expect(t, "netbios_dgm", netbiosDatagramTalks,
		`{"kind":"group","source":"PC7","destination":"WORKGROUP","mailslot":"\\MAILSLOT\\BROWSE","command":"host_announcement","server":"PC7","os_version":"10.0","comment":"the printer"}`,
		`{"kind":"unique","source":"PC7","destination":"FS01"}`,
		`{"kind":"error"}`,
	)
}

func FuzzNetBIOSDatagram(f *testing.F) {
	fuzzPackets(f, netbiosDatagramSignature, netbiosDatagramTalks...)
}
