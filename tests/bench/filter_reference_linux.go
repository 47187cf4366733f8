package main

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"sockeye/parse"
	"sockeye/parse/filter"
)

// referenceSource is a C program round libpcap's bpf_filter(3). It lies in a
// folder of its own, for Go takes no C beside it without cgo.
//
//go:embed c/bpf_filter.c
var referenceSource []byte

// buildReference compiles the C program, with libpcap's development package or
// with the library alone. It returns what lacks where that cannot be done.
func (b *bench) buildReference() (path, lacking string) {
	if !installed("gcc") {
		return "", "gcc is not installed"
	}
	path = filepath.Join(b.scratch, "bpf_filter")
	source := path + ".c"
	if err := os.WriteFile(source, referenceSource, 0o600); err != nil {
		return "", err.Error()
	}
	var out []byte
	for _, library := range []string{"-lpcap", "-l:libpcap.so.1", "-l:libpcap.so.0.8"} {
		var err error
		if out, err = exec.Command("gcc", "-O2", "-o", path, source, library).CombinedOutput(); err == nil {
			return path, ""
		}
	}
	return "", "gcc finds no libpcap, or no C library to build with: " + string(bytes.TrimSpace(out))
}

// runReference runs a program on packets a number of times, and returns the time
// per packet in nanoseconds and how many packets match.
func runReference(path string, p *filter.Program, packets []parse.Packet, rounds int) (ns float64, matched int, err error) {
	var in bytes.Buffer
	put := func(words ...uint32) {
		for _, w := range words {
			in.Write(binary.NativeEndian.AppendUint32(nil, w))
		}
	}
	insns := p.Instructions()
	put(uint32(len(insns)), uint32(len(packets)), uint32(rounds))
	for _, i := range insns {
		put(uint32(i.Op), uint32(i.Jt), uint32(i.Jf), i.K)
	}
	for i := range packets {
		put(uint32(len(packets[i].Data)), packets[i].WireLen)
		in.Write(packets[i].Data)
	}
	cmd := exec.Command(path)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("run bpf_filter: %w", err)
	}
	if _, err := fmt.Sscan(string(out), &ns, &matched); err != nil {
		return 0, 0, fmt.Errorf("read times of bpf_filter: %w", err)
	}
	return ns, matched, nil
}
