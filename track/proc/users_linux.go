package proc

import (
	"sync"
	"time"
)

// maxUserFile bounds a user database that is read, maxUserFiles how many are kept, and
// maxUserText how long they may be together: in memory they take some six times that,
// and a container can make as many as it likes.
const (
	maxUserFile  = 4 << 20
	maxUserFiles = 256
	maxUserText  = 8 << 20
)

// users keeps the user databases that were read.
type users struct {
	mu    sync.Mutex
	files map[hashKey]map[uint32]account
	text  int // bytes that files were read from
	// machine's own, and until when it is taken as read
	passwd, group map[uint32]account
	until         time.Time
}

// ofMachine returns the databases of a machine whose root directory is host. It looks
// at most once a second whether they changed.
func (u *users) ofMachine(host string) (passwd, group map[uint32]account) {
	if host == "" {
		return nil, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := time.Now(); now.After(u.until) {
		u.passwd, u.group = u.file(host, "etc/passwd"), u.file(host, "etc/group")
		u.until = now.Add(time.Second)
	}
	return u.passwd, u.group
}

// of returns the databases below another root directory.
func (u *users) of(root string) (passwd, group map[uint32]account) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.file(root, "etc/passwd"), u.file(root, "etc/group")
}

// file reads one database, nil where there is none.
func (u *users) file(root, name string) map[uint32]account {
	f, key, err := openIn(root, name)
	if err != nil {
		return nil
	}
	defer f.Close()
	if accounts, ok := u.files[key]; ok {
		return accounts
	}
	b, err := readUpTo(f, maxUserFile)
	if err != nil {
		return nil
	}
	if u.text += len(b); u.files == nil || len(u.files) >= maxUserFiles || u.text > maxUserText {
		u.files, u.text = make(map[hashKey]map[uint32]account), len(b)
	}
	accounts := parseAccounts(b)
	u.files[key] = accounts
	return accounts
}
