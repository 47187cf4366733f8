package dpi

import "testing"

func ldapOf(id int, op byte, parts ...any) []byte {
	return berOf(berSequence, berOf(berInteger, id), berOf(op, parts...))
}

func ldapResult(id int, op byte, code int) []byte {
	return ldapOf(id, op, berOf(berEnumerated, code), berOf(berOctets), berOf(berOctets))
}

var (
	ldapFind = ldapOf(2, ldapSearch, berOf(berOctets, "dc=example,dc=org"), berOf(berEnumerated, 2), berOf(berEnumerated, 0), berOf(berInteger, 0),
		berOf(berInteger, 0), berOf(0x01, 0), berOf(0xa3, berOf(berOctets, "uid"), berOf(berOctets, secret)), berOf(berSequence))
	sslHello = pack("\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03", make([]byte, 32), "\x00\x00\x02\x13\x01\x01\x00\x00\x02\x00\x00")
)

var ldapTalks = register(
	conversation{name: "a search after a log-in", proto: LDAP, said: []said{
		asks(ldapOf(1, ldapBind, berOf(berInteger, 3), berOf(berOctets, "cn=admin,dc=example,dc=org"), berOf(0x80, secret))),
		answers(ldapResult(1, ldapBound, 0)),
		asks(ldapFind),
		answers(ldapOf(2, ldapEntry, berOf(berOctets, "uid=alice"), berOf(berSequence, berOf(berSequence, berOf(berOctets, "pw"), berOf(berSet, berOf(berOctets, secret))))),
			ldapResult(2, ldapSearchDone, 32)),
		asks(ldapOf(3, ldapModify, berOf(berOctets, "uid=alice,dc=example,dc=org"), berOf(berSequence, berOf(berOctets, secret)))),
		answers(ldapResult(3, 0x67, 50)),
		asks(ldapOf(4, ldapUnbind)),
	}},
	conversation{name: "StartTLS", proto: TLS, said: []said{
		asks(ldapOf(1, ldapExtended, berOf(0x80, ldapStartTLS))),
		answers(ldapResult(1, ldapExtendedOK, 0)),
		asks(sslHello),
	}},
	conversation{name: "by NTLM", proto: LDAP, said: []said{
		asks(ldapOf(1, ldapBind, berOf(berInteger, 3), berOf(berOctets), berOf(0xa3, berOf(berOctets, "GSS-SPNEGO"), berOf(berOctets, ntlmAuthenticate("CORP", "alice", "PC7"))))),
		answers(ldapResult(1, ldapBound, 49)),
	}},
	conversation{name: "where is a domain controller", proto: LDAP, udp: true, said: []said{
		asks(ldapOf(1, ldapSearch, berOf(berOctets), berOf(berEnumerated, 0), berOf(berEnumerated, 0), berOf(berInteger, 0), berOf(berInteger, 0), berOf(0x01, 0),
			berOf(0xa0, berOf(0xa3, berOf(berOctets, "DnsDomain"), berOf(berOctets, "corp.org"))), berOf(berSequence, berOf(berOctets, "Netlogon")))),
		answers(ldapResult(1, ldapSearchDone, 0)),
	}},
)

const berSet = 0x31

func TestLDAP(t *testing.T) {
	expect(t, "ldap", ldapTalks,
		`{"version":3,"operations":["bind","search","modify","unbind"],"bind_name":"cn=admin,dc=example,dc=org","auth":"simple",`+
			`"base":"uid=alice,dc=example,dc=org","scope":"subtree","result":"insufficientAccessRights"}`,
		`{"operations":["extended"],"starttls":true,"extended":"1.3.6.1.4.1.1466.20037"}`,
		`{"version":3,"operations":["bind"],"auth":"gss-spnego","user":"alice","domain":"CORP","host":"PC7","result":"invalidCredentials"}`,
		`{"operations":["search"],"scope":"base","result":"success","udp":true}`,
	)
}

func FuzzLDAP(f *testing.F)     { fuzzTalks(f, ldapSignature.new, LDAP, ldapTalks[:3]...) }
func FuzzLDAPData(f *testing.F) { fuzzPackets(f, ldapSignature, ldapTalks[3]) }
