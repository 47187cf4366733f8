package proc

import (
	"bytes"
	"strings"
)

// account is an entry of passwd(5) or group(5).
type account struct {
	name string
	home string // of a user
}

// parseAccounts reads passwd(5) or group(5), which begin with the same three fields.
// Of several entries with one number the first counts, as for getpwuid(3).
func parseAccounts(b []byte) map[uint32]account {
	accounts := make(map[uint32]account)
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		f := strings.Split(string(line), ":")
		if len(f) < 3 || f[0] == "" || strings.ContainsAny(f[0][:1], "+-#") { // "+" and "-" refer to NIS
			continue
		}
		id, ok := decimal([]byte(f[2]))
		if !ok || id > 1<<32-1 {
			continue
		}
		if _, ok := accounts[uint32(id)]; ok {
			continue
		}
		a := account{name: strings.Clone(f[0])}
		if len(f) > 5 {
			a.home = strings.Clone(f[5])
		}
		accounts[uint32(id)] = a
	}
	return accounts
}

// sameNumbers reads /proc/PID/uid_map (user_namespaces(7)): whether the process's user
// namespace calls every user by the number that the reader sees. own is the reader's
// own file.
//
// Root must be among them, which only root can do. Everybody may make a namespace in
// which he has his own number, and choose what is the root directory there: he would
// write himself a database in which that number is called root.
func sameNumbers(uidMap, own []byte) bool {
	if bytes.Equal(uidMap, own) { // the same namespace
		return true
	}
	root := false
	for len(uidMap) > 0 {
		var line []byte
		line, uidMap, _ = bytes.Cut(uidMap, []byte("\n"))
		inside, rest := nextField(line)
		outside, _ := nextField(rest)
		if !bytes.Equal(inside, outside) {
			return false
		}
		root = root || string(inside) == "0"
	}
	return root
}
