package ui

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"sockeye/internal/testkit/screen"
	"sockeye/ui/tab"
	"sockeye/ui/term"
)

// stage is a dashboard on a fake screen, whose loop the test turns by hand.
type stage struct {
	*App
	tb     testing.TB
	source *screen.Source
	canvas *screen.Canvas
	clock  *clock
	disk   *disk
}

// clock is a time that stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// disk keeps files and settings in memory.
type disk struct {
	mu    sync.Mutex
	files map[string]*bytes.Buffer
	saved map[string]any
	saves int
	wrong error
}

func (d *disk) save(changes map[string]any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.saves++
	for k, v := range changes {
		d.saved[k] = v
	}
	return d.wrong
}

func (d *disk) create(name string) (File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files[name] != nil {
		return nil, fs.ErrExist
	}
	d.files[name] = new(bytes.Buffer)
	return memoryFile{d.files[name], "/home/anna/" + name}, nil
}

type memoryFile struct {
	*bytes.Buffer
	path string
}

func (memoryFile) Close() error   { return nil }
func (f memoryFile) Name() string { return f.path }

// newStage opens a dashboard of w by h cells and shows the first picture.
func newStage(tb testing.TB, w, h int, change ...func(*Options)) *stage {
	tb.Helper()
	s := &stage{
		tb: tb, source: screen.New(), canvas: screen.NewCanvas(w, h), clock: &clock{now: screen.Now},
		disk: &disk{files: map[string]*bytes.Buffer{}, saved: map[string]any{}},
	}
	o := Options{
		Screen: s.canvas, Source: s.source, Prefs: tab.DefaultPrefs(), Save: s.disk.save, Export: s.disk.create, Clock: s.clock.Now,
		Repository: "https://example.org/sockeye", License: "MIT",
	}
	o.Prefs.Theme = "nord"
	for _, f := range change {
		f(&o)
	}
	keys, err := newKeymap(o.Keys)
	if err != nil {
		tb.Fatal(err)
	}
	s.App = newApp(o, keys)
	s.screen.SetMouse(o.Prefs.Mouse)
	s.tellCollector()
	s.refresh()
	return s
}

// refresh fetches from the source and shows it.
func (s *stage) refresh() {
	s.collect.fetch()
	s.wake()
	s.receive()
	s.turn()
}

// settle lets what was begun in the background end.
func (s *stage) settle() {
	s.tb.Helper()
	for s.pending > 0 {
		select {
		case f := <-s.posts:
			s.wake()
			f()
			s.turn()
		case <-time.After(10 * time.Second):
			s.tb.Fatalf("%d things in the background do not end", s.pending)
		}
	}
}

// press presses keys by their names.
func (s *stage) press(names ...string) {
	s.tb.Helper()
	for _, name := range names {
		k, err := term.ParseKey(name)
		if err != nil {
			s.tb.Fatal(err)
		}
		s.send(term.Event{Kind: term.KeyPress, Key: k})
	}
}

// typed presses the keys of a text.
func (s *stage) typed(text string) {
	for _, r := range text {
		s.send(term.Event{Kind: term.KeyPress, Key: term.Key{Rune: r}})
	}
}

func (s *stage) send(e term.Event) {
	s.wake()
	s.take(e)
	s.turn()
}

// wait lets time pass.
func (s *stage) wait(d time.Duration) {
	s.clock.move(d)
	s.wake()
	s.turn()
}

// text returns the picture's lines.
func (s *stage) text() string {
	c := s.canvas.Last()
	var b strings.Builder
	for y := range c.H {
		for x := range c.W {
			if r := c.At(x, y).Rune; r != 0 {
				b.WriteRune(r)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// line returns one line of the picture, the last one by -1.
func (s *stage) line(n int) string {
	all := strings.Split(strings.TrimSuffix(s.text(), "\n"), "\n")
	if n < 0 {
		n += len(all)
	}
	return strings.TrimRight(all[n], " ")
}

// differences returns the lines in which two pictures differ.
func differences(got, want string) string {
	var b strings.Builder
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			fmt.Fprintf(&b, "line %d\n  got  %s\n  want %s\n", i, strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""), strings.Join(w[min(i, len(w)):min(i+1, len(w))], ""))
		}
	}
	if b.Len() == 0 {
		return "the texts are the same, the styles differ"
	}
	return b.String()
}

// shows fails unless the picture has a text.
func (s *stage) shows(what ...string) {
	s.tb.Helper()
	for _, w := range what {
		if !strings.Contains(s.text(), w) {
			s.tb.Fatalf("the screen does not show %q:\n%s", w, s.text())
		}
	}
}

// hides fails if the picture has a text.
func (s *stage) hides(what ...string) {
	s.tb.Helper()
	for _, w := range what {
		if strings.Contains(s.text(), w) {
			s.tb.Fatalf("the screen shows %q:\n%s", w, s.text())
		}
	}
}

// find returns where a text is in the picture.
func (s *stage) find(what string) (x, y int) {
	s.tb.Helper()
	for y := range s.canvas.Last().H {
		line := s.line(y)
		if i := strings.Index(line, what); i >= 0 {
			return len([]rune(line[:i])), y
		}
	}
	s.tb.Fatalf("the screen does not show %q:\n%s", what, s.text())
	return 0, 0
}
