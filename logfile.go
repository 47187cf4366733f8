package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sockeye/config"
)

// openLog opens the log file that --log-level asks for. The function that it
// returns closes it.
func (a *app) openLog(user config.User) (done func(), err error) {
	if a.cli.LogLevel == "off" {
		return func() {}, nil
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.cli.LogLevel)); err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	file, err := createLog(user, time.Now())
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: level})))
	slog.Info("started", "args", os.Args[1:])
	return func() { _ = file.Close() }, nil
}

// createLog makes a file sockeye_YYYY-MM-DD_HH-MM-SS.log for the user, in
// sockeye/logs below the state home. The user could have put a symbolic link
// anywhere in there while the program is root: links are refused in the folders
// that are sockeye's, and none leads out of what belongs to the user.
func createLog(user config.User, now time.Time) (*os.File, error) {
	base, dir := logBase(user)
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if err := makeFolders(root, dir, user); err != nil {
		return nil, err
	}
	name := now.Format("sockeye_2006-01-02_15-04-05.log")
	file, err := createIn(root, filepath.Join(dir, name))
	if errors.Is(err, fs.ErrExist) { // another one began within the same second
		name = now.Format("sockeye_2006-01-02_15-04-05.000000000.log")
		file, err = createIn(root, filepath.Join(dir, name))
	}
	if err != nil {
		return nil, err
	}
	if user.Sudo {
		err = file.Chown(user.UID, user.GID)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// logBase returns the folder that links may not lead out of, and the log folder
// in it: the user's home where the state home is below that.
func logBase(user config.User) (base, dir string) {
	state := config.StateHome(user)
	dir = filepath.Join("sockeye", "logs")
	if rel, err := filepath.Rel(user.Home, state); err == nil && user.Home != "" && filepath.IsLocal(rel) {
		return user.Home, filepath.Join(rel, dir)
	}
	return state, dir
}

// makeFolders makes the folders of dir that are missing, with mode 0700, and
// gives them to the user. The last two are sockeye's own: links there are
// refused.
func makeFolders(root *os.Root, dir string, user config.User) error {
	parts := strings.Split(dir, string(filepath.Separator))
	for i := range parts {
		path := filepath.Join(parts[:i+1]...)
		err := root.Mkdir(path, 0o700)
		if err == nil && user.Sudo {
			err = root.Lchown(path, user.UID, user.GID)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		info, err := root.Lstat(path)
		if err != nil {
			return err
		}
		if own := i >= len(parts)-2; own && !info.IsDir() {
			return fmt.Errorf("%s is not a folder of its own", filepath.Join(root.Name(), path))
		}
	}
	return nil
}

// createIn makes a new file for its owner only. O_EXCL follows no link.
func createIn(root *os.Root, path string) (*os.File, error) {
	return root.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
}
