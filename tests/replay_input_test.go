package tests

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/pcapfile"
)

// However a capture comes to the program (by its name, compressed, through the
// standard input), it prints the same.
func TestReplayInputs(t *testing.T) {
	dir := testkit.Corpora(t)
	binary := testkit.Binary(t)
	for name, code := range map[string]int{
		"arkime/gtp-iphone.pcap":                                                 0, // tunnels
		"ndpi/fuzz-2006-09-29-28586.pcap":                                        0, // fragments and nonsense
		"suricata-verify/output-eve-ftp-data__input.pcap":                        0,
		"wireshark/many_interfaces.pcapng.3":                                     0,
		"pcapng-gen/output_be__difficult__test201.pcapng":                        0, // sections of either byte order
		"zeek/erspan.pcap":                                                       0,
		"suricata-verify/smtp-to-comma__10.7.29.101_49898-178.63.41.150_25.pcap": 3, // cut short
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "pcaps", filepath.FromSlash(name))
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := runRead(t, binary, nil, path, "--json", "--top", "0")
			if want.Code != code || want.Stdout == "" {
				t.Fatalf("got exit code %d, want %d; stderr: %s", want.Code, code, want.Stderr)
			}
			same := func(t *testing.T, got testkit.Result, source string) {
				t.Helper()
				stdout := strings.ReplaceAll(got.Stdout, `"file":"`+source+`"`, `"file":"`+path+`"`)
				if stdout != want.Stdout || got.Code != code {
					t.Errorf("got exit code %d, want %d; stderr %q; %s", got.Code, code, got.Stderr, firstDifference(want.Stdout, stdout))
				}
			}
			for suffix, packed := range map[string][]byte{"gz": pcapfile.Gzip(content), "zst": packZstd(content)} {
				t.Run(suffix, func(t *testing.T) {
					file := filepath.Join(t.TempDir(), "capture."+suffix)
					if err := os.WriteFile(file, packed, 0o600); err != nil {
						t.Fatal(err)
					}
					same(t, runRead(t, binary, nil, file, "--json", "--top", "0"), file)
					same(t, runRead(t, binary, bytes.NewReader(packed), "-", "--json", "--top", "0"), "-")
				})
			}
			t.Run("pipe", func(t *testing.T) {
				same(t, runRead(t, binary, bytes.NewReader(content), "-", "--json", "--top", "0"), "-")
			})
			t.Run("redirected", func(t *testing.T) {
				f, err := os.Open(path)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				same(t, runRead(t, binary, f, "-", "--json", "--top", "0"), "-")
			})
		})
	}
}

// packZstd returns data as a zstd frame of stored blocks (RFC 8878, 3.1.1).
func packZstd(data []byte) []byte {
	const blockMax = 128 << 10
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0x58} // magic, no options, a window of 2 MiB
	for last := 0; last == 0; {
		part := data[:min(len(data), blockMax)]
		if data = data[len(part):]; len(data) == 0 {
			last = 1
		}
		head := len(part)<<3 | last
		b = append(b, byte(head), byte(head>>8), byte(head>>16))
		b = append(b, part...)
	}
	return b
}
