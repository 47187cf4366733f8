package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sockeye/internal/testkit/picture"
)

// The size of the terminal, in cells.
const width, height = 120, 36

// step is what is done before a picture is taken: a key is pressed, and then the screen
// has to show something.
type step struct {
	keys  []string // as tmux calls them
	shows string
}

// shot is one picture.
type shot struct {
	name, title string
	steps       []step
	undo        []string // keys that bring back how it was before
}

// shots are all pictures, in the order in which they are taken.
var shots = []shot{
	{
		name: "flows", title: "The tab Flows: every connection with its process, remote end, application, rates and total.",
		steps: []step{{keys: []string{"F1", "g", "j", "v"}, shows: "40 s, 0 to"}}, undo: []string{"v"},
	},
	{
		name: "query", title: "A query that is being typed: flows that send more than 20 kb/s by TLS.",
		steps: []step{{keys: append([]string{"F1", "/"}, strings.Split("app:tls up>20kb", "")...), shows: "app:tls up>20kb"}},
		undo:  []string{"Escape"},
	},
	{
		name: "groups", title: "Flows grouped by process; that of the browser is open.",
		steps: []step{
			{keys: []string{"F1", "R", "a"}, shows: "by process"},
			{keys: []string{"/", "f", "i", "r", "e", "f", "o", "x", "Enter", "g", "Right", "0"}, shows: "▾ firefox"},
		},
		undo: []string{"R"},
	},
	{
		name: "details", title: "The tab Details: all that is known of one flow.",
		steps: []step{{keys: []string{"F1", "/", "v", "i", "d", "e", "o", "Enter", "g", "Enter"}, shows: "Found by"}},
		undo:  []string{"0"},
	},
	{
		name: "processes", title: "The tab Processes: what each process sends and receives.",
		steps: []step{{keys: []string{"F2", "g"}, shows: "firefox"}},
	},
	{
		name: "hosts", title: "The tab Hosts: the other ends, with names, networks and the processes that talk to them.",
		steps: []step{{keys: []string{"F3", "g"}, shows: "video.example.net"}},
	},
	{
		name: "sockets", title: "The tab Sockets: what listens, and whose it is.",
		steps: []step{{keys: []string{"F5"}, shows: "LISTEN"}},
	},
	{
		name: "graphs", title: "The tab Graphs: traffic over time, applications, protocols, the health of TCP.",
		steps: []step{{keys: []string{"F6"}, shows: "Applications"}},
	},
	{
		name: "events", title: "The tab Events: connections, DNS, TLS and HTTP as they happen.",
		steps: []step{{keys: []string{"F7"}, shows: "following"}},
	},
	{
		name: "system", title: "The tab System: the capture, its losses, the interfaces, and Sockeye itself.",
		steps: []step{{keys: []string{"F8"}, shows: "Privileges"}},
	},
	{
		name: "help", title: "The keys of the dashboard.",
		steps: []step{{keys: []string{"F1", "h"}, shows: "Moving"}}, undo: []string{"Escape"},
	},
}

const (
	// warmUp is how long the program runs before the first picture: graphs show a minute.
	warmUp = 70 * time.Second
	// settled is how long a screen has to stay as it is after a key: longer than it takes
	// to draw, shorter than the second between two snapshots.
	settled = 300 * time.Millisecond
	// patience is how long a step may take.
	patience = 15 * time.Second
	poll     = 20 * time.Millisecond
)

// start shows the demonstration in a terminal of its own. folder is for its socket, whose
// path has to be short, and for its configuration.
func start(binary, folder string) (*terminal, error) {
	config := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(config, []byte("theme: muted\n"), 0o600); err != nil {
		return nil, err
	}
	t := &terminal{socket: filepath.Join(folder, "tmux")}
	_, err := t.tmux("set", "-g", "default-terminal", "tmux-256color", ";", "set", "-g", "status", "off", ";",
		"new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		"env", "-u", "NO_COLOR", "COLORTERM=truecolor", binary, "--demo", "--config", config)
	return t, err
}

// take goes the steps of a picture and returns it.
func (t *terminal) take(s *shot) ([]byte, error) {
	for _, step := range s.steps {
		if err := t.press(step.keys); err != nil {
			return nil, err
		}
		if err := t.await(step.shows); err != nil {
			return nil, err
		}
	}
	text, err := t.tmux("capture-pane", "-peN")
	if err != nil {
		return nil, err
	}
	return picture.SVG(picture.Parse(text, width, height), s.title), t.press(s.undo)
}

// terminal is a server of tmux of its own, with one window.
type terminal struct{ socket string }

// tmux runs one of its commands, and returns what that prints.
func (t *terminal) tmux(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-u", "-f", os.DevNull, "-S", t.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TMUX=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// press types keys, as tmux calls them.
func (t *terminal) press(keys []string) error {
	for _, key := range keys {
		if _, err := t.tmux("send-keys", key); err != nil {
			return err
		}
		if err := t.await(""); err != nil {
			return err
		}
	}
	return nil
}

// await waits until the screen shows text and has settled.
func (t *terminal) await(text string) error {
	var last string
	var since time.Time
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(poll) {
		screen, err := t.tmux("capture-pane", "-p")
		if err != nil {
			return err
		}
		if now := time.Now(); screen != last {
			last, since = screen, now
		} else if strings.Contains(screen, text) && now.Sub(since) >= settled {
			return nil
		}
	}
	return fmt.Errorf("the screen does not show %q:\n%s", text, last)
}

// close ends the terminal, and with it the program.
func (t *terminal) close() { _, _ = t.tmux("kill-server") }
