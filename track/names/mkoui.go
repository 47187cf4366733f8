//go:build ignore

// Mkoui writes oui.bin, the table of vendors that oui.go reads, from the JSON
// file of the npm package oui-data: an object of prefixes ("0000F0", 6, 7 or 9
// digits) and the lines of their owners. Its arguments are that file and what to
// say of the source.
package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"log"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxName is how long the name of a vendor may be.
const maxName = 48

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: mkoui FILE SOURCE")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var owners map[string]string
	if err := json.Unmarshal(text, &owners); err != nil {
		log.Fatal(err)
	}
	vendors := map[string]int{} // then their places in the sorted list
	for prefix, owner := range owners {
		owners[prefix] = vendor(owner)
		vendors[owners[prefix]] = 0
	}
	list := slices.Sorted(maps.Keys(vendors))
	for i, v := range list {
		vendors[v] = i
	}
	var out bytes.Buffer
	out.WriteString(os.Args[2] + "\n" + strings.Join(list, "\n") + "\n\n")
	for _, digits := range []int{6, 7, 9} {
		out.Write(registry(owners, vendors, digits))
	}
	write(out.Bytes())
}

// vendor returns the name in the first line of what is known of an owner.
func vendor(owner string) string {
	name, _, _ := strings.Cut(owner, "\n")
	name = strings.Join(strings.Fields(name), " ")
	for len(name) > maxName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name
}

// registry encodes the prefixes of one length: their number, the distance of each
// from the one before, and the places of their vendors, low bytes and high bytes
// apart, which compress better so.
func registry(owners map[string]string, vendors map[string]int, digits int) []byte {
	var prefixes []uint64
	for p := range owners {
		if len(p) == digits {
			n, err := strconv.ParseUint(p, 16, 64)
			if err != nil {
				log.Fatal(err)
			}
			prefixes = append(prefixes, n)
		}
	}
	slices.Sort(prefixes)
	out := binary.AppendUvarint(nil, uint64(len(prefixes)))
	var low, high []byte
	last := uint64(0)
	for _, p := range prefixes {
		out = binary.AppendUvarint(out, p-last)
		last = p
		place := vendors[owners[strings.ToUpper(leftPad(strconv.FormatUint(p, 16), digits))]]
		low, high = append(low, byte(place)), append(high, byte(place>>8))
	}
	return append(append(out, low...), high...)
}

func leftPad(s string, n int) string { return strings.Repeat("0", n-len(s)) + s }

func write(table []byte) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := w.Write(table); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("oui.bin", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
