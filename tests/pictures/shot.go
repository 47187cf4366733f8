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
}

// shots are all pictures, in the order of the tabs.
var shots = []shot{
	{
		name: "flows", title: "The tab Flows: every connection with its process, remote end, application, rates and total.",
		steps: []step{{shows: "firefox"}, {keys: []string{"j", "j", "j"}}, {keys: []string{"v"}}},
	},
	{
		name: "processes", title: "The tab Processes: what each process sends and receives.",
		steps: []step{{keys: []string{"F2"}, shows: "firefox"}},
	},
	{
		name: "hosts", title: "The tab Hosts: the other ends, with names, networks and the processes that talk to them.",
		steps: []step{{keys: []string{"F3"}, shows: "video.example.net"}},
	},
	{
		name: "details", title: "The tab Details: all that is known of one flow.",
		steps: []step{{shows: "firefox"}, {keys: []string{"j", "j", "Enter"}, shows: "Transport"}},
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
		steps: []step{{shows: "firefox"}, {keys: []string{"h"}, shows: "Moving"}},
	},
	{
		name: "query", title: "Flows grouped by process, chosen by a query that is being typed.",
		steps: []step{
			{shows: "firefox"}, {keys: []string{"a"}, shows: "by process"}, {keys: []string{"g", "Right"}, shows: "▾"},
			{keys: append([]string{"/"}, strings.Split("process:firefox rtt>17ms", "")...), shows: "rtt>17ms"},
		},
	},
}

// settled is how long a screen has to stay without a change of its own after a key:
// longer than it takes to draw, shorter than the second between two snapshots.
const settled = 300 * time.Millisecond

// patience is how long a step may take.
const patience = 15 * time.Second

// take starts the program, goes the steps and returns the picture.
func (s *shot) take(binary string) ([]byte, error) {
	// A socket's path has to be short, and the one of the configuration is in a picture.
	dir, err := os.MkdirTemp("", "sockeye")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte("theme: muted\n"), 0o600); err != nil {
		return nil, err
	}
	t := &terminal{socket: filepath.Join(dir, "tmux")}
	defer func() { _, _ = t.tmux("kill-server") }()
	if _, err := t.tmux("set", "-g", "default-terminal", "tmux-256color", ";", "set", "-g", "status", "off", ";",
		"new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height),
		"env", "COLORTERM=truecolor", binary, "--demo", "--config", config); err != nil {
		return nil, err
	}
	for _, step := range s.steps {
		if len(step.keys) > 0 {
			if _, err := t.tmux(append([]string{"send-keys"}, step.keys...)...); err != nil {
				return nil, err
			}
		}
		if err := t.await(step.shows); err != nil {
			return nil, err
		}
	}
	text, err := t.tmux("capture-pane", "-peN")
	if err != nil {
		return nil, err
	}
	return picture.SVG(picture.Parse(text, width, height), s.title), nil
}

// terminal is a server of tmux for one picture.
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

// await waits until the screen shows text and has settled.
func (t *terminal) await(text string) error {
	var last string
	var since time.Time
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
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
