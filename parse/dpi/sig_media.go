package dpi

// mediaSignatures are of calls and of sharing between peers. The weak ones come
// last.
var mediaSignatures = []signature{
	stunSignature,
	bittorrentSignature,
	dhtSignature,
	rtcpSignature,
	utpSignature,
	rtpSignature,
}
