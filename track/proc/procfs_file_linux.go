package proc

import (
	"fmt"
	"io"
	"os"
)

// openIn opens a regular file below a directory, which may be a container's root or a
// user's home: see rootFS. The key changes when the file does.
func openIn(dir, name string) (*os.File, hashKey, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, hashKey{}, err
	}
	defer root.Close()
	opened, err := root.Open(name)
	if err != nil {
		return nil, hashKey{}, err
	}
	f := opened.(*os.File) // as rootFS opens them
	key, err := hashKeyOf(f)
	if err != nil {
		f.Close()
		return nil, hashKey{}, err
	}
	return f, key, nil
}

// readUpTo reads a whole file, unless it is longer than max bytes. One that the kernel
// makes up has no length and is taken for empty: a link may lead to it, and to read
// some has no end or an effect (/proc/kmsg).
func readUpTo(f *os.File, max int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > max {
		return nil, fmt.Errorf("read %s: longer than %d bytes", f.Name(), max)
	}
	return io.ReadAll(io.LimitReader(f, info.Size()))
}
