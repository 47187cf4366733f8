package dpi

import "strconv"

// Record types that are read or told apart (IANA, Domain Name System Parameters).
const (
	typeA     = 1
	typeNS    = 2
	typeCNAME = 5
	typeSOA   = 6
	typePTR   = 12
	typeMX    = 15
	typeTXT   = 16
	typeAAAA  = 28
	typeSRV   = 33
	typeDNAME = 39
	typeOPT   = 41
	typeDS    = 43
	typeSSHFP = 44
	typeRRSIG = 46
	typeNSEC  = 47
	typeKEY   = 48 // DNSKEY
	typeNSEC3 = 50
	typeTLSA  = 52
	typeCDS   = 59
	typeCKEY  = 60 // CDNSKEY
	typeSVCB  = 64
	typeHTTPS = 65
	typeSPF   = 99
	typeIXFR  = 251
	typeAXFR  = 252
	typeANY   = 255
	typeURI   = 256
	typeCAA   = 257

	classIN = 1
)

// dnsTypes are the names of record types, from IANA's registry as of 2026.
var dnsTypes = [...]string{
	1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL", 11: "WKS",
	12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN",
	21: "RT", 22: "NSAP", 23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC",
	30: "NXT", 31: "EID", 32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 38: "A6",
	39: "DNAME", 40: "SINK", 41: "OPT", 42: "APL", 43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC",
	48: "DNSKEY", 49: "DHCID", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO",
	57: "RKEY", 58: "TALINK", 59: "CDS", 60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB",
	65: "HTTPS", 66: "DSYNC", 67: "HHIT", 68: "BRID", 99: "SPF", 100: "UINFO", 101: "UID", 102: "GID", 103: "UNSPEC",
	104: "NID", 105: "L32", 106: "L64", 107: "LP", 108: "EUI48", 109: "EUI64", 128: "NXNAME", 249: "TKEY",
	250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA", 255: "ANY", 256: "URI", 257: "CAA",
	258: "AVC", 259: "DOA", 260: "AMTRELAY", 261: "RESINFO", 262: "WALLET", 263: "CLA", 264: "IPN",
}

// dnsType returns the name of a record type, "" of one that has none.
func dnsType(t uint16) string {
	const ta, dlv = 32768, 32769
	switch {
	case int(t) < len(dnsTypes):
		return dnsTypes[t]
	case t == ta:
		return "TA"
	case t == dlv:
		return "DLV"
	}
	return ""
}

// typeName returns the name of a record type; of one without a name that of
// RFC 3597 §5.
func typeName(t uint16) string {
	if name := dnsType(t); name != "" {
		return name
	}
	return "TYPE" + strconv.Itoa(int(t))
}

// knownType reports whether a question may ask for a type: one with a name, or
// one for private use.
func knownType(t uint16) bool {
	return dnsType(t) != "" || t >= 0xff00 && t != 0xffff
}

// knownClass reports whether c is a class that messages have: IN, CH, HS, NONE, ANY.
func knownClass(c uint16) bool { return c == classIN || c == 3 || c == 4 || c == 254 || c == 255 }

// className returns the name of a class, "" for the one that all use.
func className(c uint16) string {
	switch c {
	case classIN:
		return ""
	case 3:
		return "CH"
	case 4:
		return "HS"
	case 254:
		return "NONE"
	case 255:
		return "ANY"
	}
	return "CLASS" + strconv.Itoa(int(c))
}

var dnsOpcodes = [...]string{1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE", 6: "DSO"}

// opcodeName returns the name of an opcode, "" for the ordinary query.
func opcodeName(op int) string {
	switch {
	case op == opQuery:
		return ""
	case op < len(dnsOpcodes) && dnsOpcodes[op] != "":
		return dnsOpcodes[op]
	}
	return "OPCODE" + strconv.Itoa(op)
}

var dnsRCodes = [...]string{
	0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET",
	8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 11: "DSOTYPENI", 16: "BADVERS", 17: "BADKEY", 18: "BADTIME",
	19: "BADMODE", 20: "BADNAME", 21: "BADALG", 22: "BADTRUNC", 23: "BADCOOKIE",
}

func rcodeName(code int) string {
	if code < len(dnsRCodes) && dnsRCodes[code] != "" {
		return dnsRCodes[code]
	}
	return "RCODE" + strconv.Itoa(code)
}

// dnsFlags are the flags that are shown, with their names.
var dnsFlags = [...]struct {
	bit  uint16
	name string
}{{dnsAA, "aa"}, {dnsTC, "tc"}, {dnsRD, "rd"}, {dnsRA, "ra"}, {dnsAD, "ad"}, {dnsCD, "cd"}}

// flagLists holds every set of flags, so that no message has to make one.
var flagLists = func() (all [1 << len(dnsFlags)][]string) {
	for set := range all {
		for i, f := range dnsFlags {
			if set>>i&1 != 0 {
				all[set] = append(all[set], f.name)
			}
		}
	}
	return all
}()

// flagNames returns the names of the flags that are set.
func flagNames(flags uint16) []string {
	set := 0
	for i, f := range dnsFlags {
		if flags&f.bit != 0 {
			set |= 1 << i
		}
	}
	return flagLists[set]
}
