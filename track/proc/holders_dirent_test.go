package proc

import (
	"encoding/binary"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// dirent builds a record of getdents64(2).
func dirent(name string, ino uint64) []byte {
	n := (direntName + len(name) + 1 + 7) &^ 7
	b := make([]byte, n)
	binary.NativeEndian.PutUint64(b[direntIno:], ino)
	binary.NativeEndian.PutUint16(b[direntReclen:], uint16(n))
	copy(b[direntName:], name)
	return b
}

func TestNextDirent(t *testing.T) {
	b := append(dirent("1", 10), dirent("4194304", 11)...)
	testkit.ZeroAllocs(t, "nextDirent", func() {
		name, ino, rest := nextDirent(b)
		if string(name) != "1" || ino != 10 {
			t.Errorf("got %q, %d", name, ino)
		}
		name, ino, rest = nextDirent(rest)
		if string(name) != "4194304" || ino != 11 || len(rest) != 0 {
			t.Errorf("got %q, %d, rest of %d bytes", name, ino, len(rest))
		}
		if name, _, _ := nextDirent(rest); name != nil {
			t.Errorf("at the end: got %q", name)
		}
	})
	for name, bad := range map[string][]byte{
		"cut":           b[:direntName+1],
		"no NUL":        append(dirent("", 1)[:direntName], strings.Repeat("x", 5)...),
		"length 0":      make([]byte, 64),
		"length beyond": dirent(strings.Repeat("x", 200), 1)[:64],
	} {
		if got, _, rest := nextDirent(bad); got != nil || rest != nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func FuzzNextDirent(f *testing.F) {
	f.Add(append(dirent(".", 1), dirent("12", 2)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for left := b; ; {
			name, _, rest := nextDirent(left)
			if name == nil {
				break
			}
			if len(rest) >= len(left) || strings.ContainsRune(string(name), 0) {
				t.Fatalf("name %q, rest %d of %d", name, len(rest), len(left))
			}
			left = rest
		}
	})
}

func TestNumberAndSocketInode(t *testing.T) {
	for name, want := range map[string]int32{"1": 1, "4194304": 4194304, "2147483647": 2147483647, "2147483648": -1, "99999999999": -1, "": -1, "self": -1, "1x": -1, "-1": -1} {
		if got, ok := number([]byte(name)); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: got %d, %v", name, got, ok)
		}
	}
	for link, want := range map[string]uint64{
		"socket:[1]": 1, "socket:[4294967295]": 4294967295, "socket:[]": 0, "socket:[1": 0, "socket:1]": 0,
		"pipe:[12]": 0, "socket:[1x]": 0, "socket:[999999999999999999999]": 0, "": 0, "/dev/null": 0,
	} {
		if got, ok := socketInode([]byte(link)); ok != (want != 0) || ok && got != want {
			t.Errorf("%q: got %d, %v, want %d", link, got, ok, want)
		}
	}
	link := []byte("socket:[4026531840]")
	testkit.ZeroAllocs(t, "socketInode", func() { socketInode(link) })
}
