package dpi

// textSignatures are of the protocols that speak in lines. What their first words
// are is decided by both ends' together where one is not enough.
var textSignatures = []signature{
	sipSignature, ssdpSignature, smtpSignature, ftpSignature, imapSignature, pop3Signature,
	telnetSignature, redisSignature, natsSignature, memcachedSignature, syslogSignature,
}
