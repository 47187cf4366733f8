// Command pictures makes the pictures of the documents from the running program: it
// starts the dashboard's demonstration in tmux, presses keys as a person does, and draws
// what the terminal shows.
//
//	pictures SOCKEYE FOLDER [NAME...]
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run takes the pictures that args name.
func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: pictures SOCKEYE FOLDER [NAME...]")
	}
	binary, err := filepath.Abs(args[0])
	if err != nil {
		return fmt.Errorf("find %s: %w", args[0], err)
	}
	folder, names := args[1], args[2:]
	for _, name := range names {
		if !slices.ContainsFunc(shots, func(s shot) bool { return s.name == name }) {
			return fmt.Errorf("there is no picture %s", name)
		}
	}
	scratch, err := os.MkdirTemp("", "sockeye")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	t, err := start(binary, scratch)
	if err != nil {
		return err
	}
	defer t.close()
	time.Sleep(warmUp)
	for i := range shots {
		s := &shots[i]
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		svg, err := t.take(s)
		if err != nil {
			return fmt.Errorf("take %s: %w", s.name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, s.name+".svg"), svg, 0o644); err != nil {
			return err
		}
		fmt.Printf("%-10s %4d kB\n", s.name, (len(svg)+999)/1000)
	}
	return nil
}
