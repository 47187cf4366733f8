package pcap

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// peekLen is how much is read ahead to recognise a compression. Larger reads
// than this go past the buffer, straight to the source.
const peekLen = 64 << 10

// zstdWindow is the largest window that a zstd frame may ask for: what zstd -d
// takes without being told (windowLog 27).
const zstdWindow = 128 << 20

// stream is the uncompressed content of a source. It tells errors of the
// source from those of the compression.
type stream struct {
	src  sourceReader
	r    io.Reader // nil until the compression is known
	comp Compression
	zr   *zstd.Decoder
}

// sourceReader remembers the error of the reader below a decompressor, which
// may wrap or replace it.
type sourceReader struct {
	r   io.Reader
	err error
}

func (s *sourceReader) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil {
		s.err = err
	}
	return n, err
}

// compressionError is an error in the compressed data itself.
type compressionError struct {
	comp Compression
	err  error
}

func (e *compressionError) Error() string {
	if errors.Is(e.err, io.ErrUnexpectedEOF) {
		return e.comp.String() + " data is cut short"
	}
	return e.comp.String() + " data: " + e.err.Error()
}

func (e *compressionError) Unwrap() error { return e.err }

// Read reads uncompressed bytes. The first call waits for enough of the source
// to recognise its compression.
func (s *stream) Read(b []byte) (int, error) {
	if s.r == nil {
		if err := s.open(); err != nil {
			return 0, s.classify(err)
		}
	}
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		err = s.classify(err)
	}
	return n, err
}

// classify returns the source's own error, or says that the compressed data is
// at fault.
func (s *stream) classify(err error) error {
	if s.src.err != nil && s.src.err != io.EOF {
		return s.src.err
	}
	if s.comp == Plain {
		return err
	}
	return &compressionError{s.comp, err}
}

func (s *stream) open() error {
	br := bufio.NewReaderSize(&s.src, peekLen)
	start, err := br.Peek(4)
	if err != nil && err != io.EOF {
		return err
	}
	switch s.comp = CompressionOf(start); s.comp {
	case Gzip:
		s.r, err = gzip.NewReader(br)
	case Zstd:
		s.zr, err = zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		s.r = s.zr
	default:
		s.r, err = br, nil
	}
	return err
}

// CompressionOf tells the compression of a file by its first four bytes: gzip
// (RFC 1952 §2.3.1), or zstd, where a frame or a skippable one starts (RFC 8878
// §3.1).
func CompressionOf(b []byte) Compression {
	switch {
	case len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b:
		return Gzip
	case len(b) >= 4 && (b[1] == 0xb5 && b[0] == 0x28 && b[2] == 0x2f && b[3] == 0xfd ||
		b[0]&0xf0 == 0x50 && b[1] == 0x2a && b[2] == 0x4d && b[3] == 0x18):
		return Zstd
	}
	return Plain
}

func (s *stream) close() {
	if s.zr != nil {
		s.zr.Close()
	}
}
