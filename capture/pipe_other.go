//go:build !linux

package capture

import (
	"io"
	"os"
)

// openFIFO opens a named pipe and waits for a writer.
func openFIFO(path string) (*os.File, io.Reader, error) {
	f, err := os.Open(path)
	return f, f, err
}

// reopenPipe returns nil: /dev/stdin is not opened anew here, but duplicated.
func reopenPipe(string) *os.File { return nil }
