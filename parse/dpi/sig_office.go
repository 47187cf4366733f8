package dpi

// officeSignatures are of what runs a network: directories, files, desktops,
// clocks, tunnels.
var officeSignatures = []signature{
	ntpSignature,
}
