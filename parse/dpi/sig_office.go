package dpi

// officeSignatures are of what runs a network: directories, files, desktops,
// clocks, tunnels. Behind them stand those of which a datagram shows next to
// nothing: µTP and RTP.
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
	utpSignature,
	rtpSignature,
}
