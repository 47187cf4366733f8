package proc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sys/unix"
)

const (
	hashAnswers = 4096      // executables whose sums are kept
	maxHashed   = 512 << 20 // bytes of a file, see errTooLarge
)

// Why a file has no sum.
var (
	errTooLarge  = errors.New("larger than 512 MiB")
	errNoRegular = errors.New("no regular file")
	errWritten   = errors.New("it is being written")
)

// hashes computes the SHA-256 of executables, of each once. It may be used by several
// goroutines.
type hashes struct {
	sums *lru.Cache[hashKey, string]
	// reading is held while a file is read: one at a time, since the disk and the
	// caches are the machine's, and two who ask for the same need it once.
	reading sync.Mutex
	buf     []byte // what reading holds
}

// A fileID is a file as long as it exists.
type fileID struct{ dev, ino uint64 }

// A hashKey is one state of a file.
type hashKey struct {
	fileID
	mtime, ctime unix.Timespec
	size         int64
}

func newHashes() *hashes {
	sums, err := lru.New[hashKey, string](hashAnswers)
	if err != nil {
		panic(err) // the size is not positive
	}
	return &hashes{sums: sums}
}

// of returns the sum of a file in hex. It reads the file, up to 512 MiB, on the
// caller's goroutine, where it does not know the sum yet. By /proc/PID/exe it gets what
// the process runs, although the file was deleted or replaced.
func (h *hashes) of(path string) (string, error) {
	sum, err := h.sum(path)
	if err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	return sum, nil
}

func (h *hashes) sum(path string) (string, error) {
	// A file that is no regular one must not make the caller wait.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	key, err := hashKeyOf(f)
	if err != nil {
		return "", err
	}
	if sum, ok := h.sums.Get(key); ok {
		return sum, nil
	}
	if key.size > maxHashed {
		return "", errTooLarge
	}
	h.reading.Lock()
	defer h.reading.Unlock()
	if sum, ok := h.sums.Get(key); ok {
		return sum, nil
	}
	sum, err := h.read(f)
	if err != nil {
		return "", err
	}
	after, err := hashKeyOf(f)
	switch {
	case err != nil:
		return "", err
	case after != key:
		return "", errWritten
	}
	h.sums.Add(key, sum)
	return sum, nil
}

// read computes the sum of what a file has. The caller holds reading.
func (h *hashes) read(f *os.File) (string, error) {
	if h.buf == nil {
		h.buf = make([]byte, 256<<10)
	}
	s := sha256.New()
	n, err := io.CopyBuffer(s, struct{ io.Reader }{io.LimitReader(f, maxHashed+1)}, h.buf)
	switch {
	case err != nil:
		return "", err
	case n > maxHashed:
		return "", errTooLarge // it has grown meanwhile
	}
	return hex.EncodeToString(s.Sum(nil)), nil
}

// hashKeyOf asks about an open file, which may have no name any more.
func hashKeyOf(f *os.File) (hashKey, error) {
	var st unix.Stat_t
	for {
		err := unix.Fstat(int(f.Fd()), &st)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return hashKey{}, os.NewSyscallError("fstat", err)
		}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return hashKey{}, errNoRegular
	}
	return hashKey{
		fileID: fileID{uint64(st.Dev), st.Ino},
		mtime:  st.Mtim, ctime: st.Ctim, size: st.Size,
	}, nil
}
