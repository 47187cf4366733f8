package dpi

// officeSignatures are of what runs a network: directories, files, desktops,
// clocks, tunnels. The weak ones come last.
var officeSignatures = []signature{
	smbSignature,
	netbiosDatagramSignature,
	rdpSignature,
	kerberosSignature,
	ldapSignature,
	snmpSignature,
	radiusSignature,
	ikeSignature,
	wireguardSignature,
	openvpnSignature,
	ntpSignature,
}
