package config

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
)

// User is whose files the program reads and writes.
type User struct {
	Home     string
	UID, GID int
	Sudo     bool // the program runs as root for that user: new files are given to them
}

// Invoker returns the user who started the program: under sudo(8) and doas-like
// tools that set SUDO_UID, the user who called them. SUDO_UID is believed only
// when the program is root, who could be any user anyway.
func Invoker() User {
	self := User{Home: homeOf(os.Geteuid()), UID: os.Geteuid(), GID: os.Getegid()}
	if home := os.Getenv("HOME"); filepath.IsAbs(home) {
		self.Home = home
	}
	if os.Geteuid() != 0 {
		return self
	}
	uid, errUID := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, errGID := strconv.Atoi(os.Getenv("SUDO_GID"))
	home := homeOf(uid)
	if errUID != nil || errGID != nil || uid <= 0 || gid < 0 || home == "" {
		return self
	}
	return User{Home: home, UID: uid, GID: gid, Sudo: true}
}

func homeOf(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil || !filepath.IsAbs(u.HomeDir) {
		return ""
	}
	return u.HomeDir
}

// DefaultPath is where the configuration file of u is looked for:
// $XDG_CONFIG_HOME/sockeye/config.yaml, or below ~/.config when that is unset
// or not an absolute path.
func DefaultPath(u User) string {
	return filepath.Join(xdg("XDG_CONFIG_HOME", u, ".config"), "sockeye", "config.yaml")
}

// StateHome is where u's programs keep their state: $XDG_STATE_HOME, or
// ~/.local/state.
func StateHome(u User) string {
	return xdg("XDG_STATE_HOME", u, filepath.Join(".local", "state"))
}

func xdg(variable string, u User, fallback string) string {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(u.Home, fallback)
}
