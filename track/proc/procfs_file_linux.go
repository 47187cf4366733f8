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

// readUpTo reads a whole file, unless it is longer than max bytes.
func readUpTo(f *os.File, max int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(b)) > max {
		err = fmt.Errorf("read %s: longer than %d bytes", f.Name(), max)
	}
	return b, err
}
