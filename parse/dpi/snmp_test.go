package dpi

import "testing"

func snmpV(version int, pdu int, parts ...any) []byte {
	return berOf(berSequence, berOf(berInteger, version), berOf(berOctets, secret), berOf(byte(pdu), parts...))
}

var (
	oidName  = berOf(berOID, "\x2b\x06\x01\x02\x01\x01\x05\x00")
	oidDescr = berOf(berOID, "\x2b\x06\x01\x02\x01\x01\x01\x00")
)

// snmpBody is what a PDU holds: number, status, index, variables.
func snmpBody(status int, parts ...any) []byte {
	return pack(berOf(berInteger, be4(77)), berOf(berInteger, status), berOf(berInteger, 0), berOf(berSequence, parts...))
}

// snmp3 is a message of version 3.
func snmp3(flags int, data []byte) []byte {
	return berOf(berSequence, berOf(berInteger, 3),
		berOf(berSequence, berOf(berInteger, be4(9)), berOf(berInteger, 0, be2(65507)), berOf(berOctets, flags), berOf(berInteger, 3)),
		berOf(berOctets, berOf(berSequence, berOf(berOctets, "\x80\x00\x1f\x88\x04abc"), berOf(berInteger, 1), berOf(berInteger, 2),
			berOf(berOctets, "admin"), berOf(berOctets, secret+"-mac"), berOf(berOctets, secret))), data)
}

var snmpTalks = register(
	conversation{name: "who are you", proto: SNMP, udp: true, said: []said{
		asks(snmpV(1, 0xa0, snmpBody(0, berOf(berSequence, oidName, "\x05\x00"), berOf(berSequence, oidDescr, "\x05\x00")))),
		answers(snmpV(1, 0xa2, snmpBody(0, berOf(berSequence, oidName, berOf(berOctets, "core-1")),
			berOf(berSequence, oidDescr, berOf(berOctets, "Linux 6.1"))))),
	}},
	conversation{name: "no such name", proto: SNMP, udp: true, said: []said{
		asks(snmpV(0, 0xa1, snmpBody(0, berOf(berSequence, oidName, "\x05\x00")))),
		answers(snmpV(0, 0xa2, snmpBody(2, berOf(berSequence, oidName, "\x05\x00")))),
	}},
	conversation{name: "a trap of version 1", proto: SNMP, udp: true, said: []said{
		asks(snmpV(0, 0xa4, berOf(berOID, "\x2b\x06\x01\x04\x01\x09\x01"), berOf(0x40, 192, 0, 2, 1), berOf(berInteger, 6), berOf(berInteger, 1),
			berOf(0x43, 5), berOf(berSequence))),
	}},
	conversation{name: "version 3, encrypted", proto: SNMP, udp: true, said: []said{
		asks(snmp3(7, berOf(berOctets, fill(40)))),
	}},
	conversation{name: "version 3, in the clear", proto: SNMP, udp: true, said: []said{
		asks(snmp3(4, berOf(berSequence, berOf(berOctets, "e"), berOf(berOctets), berOf(0xa5, snmpBody(0))))),
		answers(snmp3(0, berOf(berSequence, berOf(berOctets, "e"), berOf(berOctets), berOf(0xa8, snmpBody(0))))),
	}},
)

func TestSNMP(t *testing.T) {
	expect(t, "snmp", snmpTalks,
		`{"version":"2c","pdu":"response","object":"1.3.6.1.2.1.1.5.0","agent":"Linux 6.1","name":"core-1"}`,
		`{"version":"1","pdu":"response","error":"noSuchName","object":"1.3.6.1.2.1.1.5.0"}`,
		`{"version":"1","pdu":"trap","object":"1.3.6.1.4.1.9.1"}`,
		`{"version":"3","user":"admin","engine":"80001f8804616263","level":"authPriv"}`,
		`{"version":"3","pdu":"report","user":"admin","engine":"80001f8804616263","level":"noAuthNoPriv"}`,
	)
}

func FuzzSNMP(f *testing.F) { fuzzPackets(f, snmpSignature, snmpTalks...) }
