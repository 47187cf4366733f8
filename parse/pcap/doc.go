// Package pcap reads capture files: pcap in all its variants and pcapng, plain
// or compressed with gzip or zstd, from anything that can be read.
//
// A [Reader] hands out batches of borrowed packets. Everything before a damage
// is delivered, then a [DamagedError] says where and what it was. What a file
// says beside its packets (interfaces, comments, names, losses) is kept within
// fixed bounds, and what is left out is counted.
//
// The formats are described by draft-ietf-opsawg-pcap and
// draft-ietf-opsawg-pcapng; the variants that these do not know are described
// where they are told apart, in variant.go.
package pcap
