package dpi

// mediaSignatures are of calls and of sharing between peers.
var mediaSignatures = []signature{
	stunSignature,
	bittorrentSignature,
	dhtSignature,
	rtcpSignature,
}
