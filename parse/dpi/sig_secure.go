package dpi

var secureSignatures = []signature{
	tlsSignature,
	dtlsSignature,
	quicSignature,
	sshSignature,
	socksSignature,
}
