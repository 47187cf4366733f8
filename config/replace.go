package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// replace puts text in the place of the file at path: into a file beside it first, which
// then takes its name, so that nobody ever reads half of it.
func replace(path string, user User, text []byte) error {
	dir, err := folder(filepath.Dir(path), user)
	if err != nil {
		return err
	}
	defer dir.Close()
	name, mode := filepath.Base(path), fs.FileMode(0o600)
	if info, err := dir.Lstat(name); err == nil {
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file", path)
		}
		mode = info.Mode().Perm()
	}
	temporary := "." + name + "." + rand.Text()
	err = fill(dir, temporary, mode, user, text)
	if err == nil {
		err = dir.Rename(temporary, name)
	}
	if err != nil {
		_ = dir.Remove(temporary) // there is none where it could not be made
		return err
	}
	return settle(dir)
}

// fill makes a file that belongs to the user and lasts.
func fill(dir *os.Root, name string, mode fs.FileMode, user User, text []byte) error {
	file, err := dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil && user.Sudo {
		err = file.Chown(user.UID, user.GID)
	}
	if err == nil {
		err = file.Chmod(mode) // whatever the umask is
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// settle makes a new name in a folder last.
func settle(dir *os.Root) error {
	d, err := dir.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// folder opens a folder, and makes what is missing of it.
//
// Under sudo(8) the program could write everywhere, and the user may put links into the
// way at any time. So what is opened has to be a folder of theirs, and all that follows
// happens in that folder, by what was opened and not by its name: then it is nothing that
// they could not have done without the program.
func folder(path string, user User) (*os.Root, error) {
	missing := ""
	for {
		_, err := os.Stat(path)
		if err == nil {
			break
		}
		parent, last := filepath.Split(filepath.Clean(path))
		if !errors.Is(err, fs.ErrNotExist) || last == "" {
			return nil, err
		}
		path, missing = parent, filepath.Join(last, missing)
	}
	dir, err := os.OpenRoot(path)
	if err == nil {
		err = ownedBy(dir, user)
	}
	for _, part := range strings.FieldsFunc(missing, func(r rune) bool { return r == filepath.Separator }) {
		if err != nil {
			break
		}
		dir, err = below(dir, part, user)
	}
	if err != nil && dir != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return dir, err
}

// below makes a folder in dir, opens it and closes dir. With an error it returns dir.
func below(dir *os.Root, name string, user User) (*os.Root, error) {
	err := dir.Mkdir(name, 0o700)
	if err == nil && user.Sudo {
		err = dir.Lchown(name, user.UID, user.GID)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return dir, err
	}
	sub, err := dir.OpenRoot(name)
	if err != nil {
		return dir, err
	}
	return sub, errors.Join(dir.Close(), ownedBy(sub, user))
}

// ownedBy makes sure that a folder belongs to the user who called by sudo(8).
func ownedBy(dir *os.Root, user User) error {
	if !user.Sudo {
		return nil
	}
	info, err := dir.Stat(".")
	if err != nil {
		return err
	}
	if uid, ok := owner(info); !ok || uid != user.UID {
		return fmt.Errorf("folder %s does not belong to the user who called sudo: %w", dir.Name(), fs.ErrPermission)
	}
	return nil
}
