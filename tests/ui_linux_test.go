package tests

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sockeye/internal/testkit"
	"sockeye/internal/testkit/picture"
	"sockeye/internal/testkit/tmux"
	"sockeye/ui/term"
)

// person is someone at a terminal, with a folder and a configuration of their own.
type person struct {
	*tmux.Terminal
	t    *testing.T
	home string
}

// sit gives a person a terminal of that size; ns is nil where no network is needed.
func sit(t *testing.T, ns *testkit.Netns, w, h int) *person {
	t.Helper()
	p := &person{t: t, home: t.TempDir()}
	o := tmux.Options{W: w, H: h, Dir: p.home, Env: []string{
		"HOME=" + p.home, "XDG_CONFIG_HOME=" + filepath.Join(p.home, "config"), "COLORTERM=truecolor", "SOCKEYE=" + testkit.Binary(t),
	}}
	if ns != nil {
		o.Command = ns.Command
	}
	p.Terminal = tmux.New(t, o)
	return p
}

// run has the shell run the program, and say how it ended. What the terminal's modes are
// before and after is kept in files.
func (p *person) run(args string) {
	p.t.Helper()
	p.Enter("stty -g >before; rm -f after; $SOCKEYE " + args + "; echo exit=$?; stty -g >after")
}

// opens runs the program, and waits for its first picture with those texts.
func (p *person) opens(args string, texts ...string) string {
	p.t.Helper()
	p.run(args)
	return p.Await(append(texts, "1 Flows")...)
}

// left waits for the program's end with an exit code. The terminal must be as before.
func (p *person) left(code int) string {
	p.t.Helper()
	screen := p.Await(fmt.Sprintf("exit=%d\n", code))
	if got := p.Ask("#{alternate_on} #{mouse_any_flag} #{cursor_flag}"); got != "0 0 1" {
		p.t.Errorf("the terminal's alternate screen, mouse and cursor: got %q want off, off and shown", got)
	}
	var before, after string
	testkit.Eventually(p.t, patience, "the terminal's modes", func() bool {
		before, after = p.file("before"), p.file("after")
		return after != ""
	})
	if before != after {
		p.t.Errorf("the terminal's modes by stty -g: got %s want %s, as before", after, before)
	}
	return screen
}

// file returns what is in a file of the person's, "" for none.
func (p *person) file(name string) string {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.home, name))
	if err != nil && !os.IsNotExist(err) {
		p.t.Fatal(err)
	}
	return string(b)
}

// settings returns the configuration that the dashboard keeps.
func (p *person) settings() string {
	p.t.Helper()
	return p.file("config/sockeye/config.yaml")
}

// quits ends the dashboard by its key.
func (p *person) quits() {
	p.t.Helper()
	p.Keys("q")
	p.left(0)
}

// booth is a network of two ends, with someone at a terminal on one of them. Nothing but
// what the test sends passes it.
type booth struct {
	*person
	ns   *testkit.Netns // that end
	from *net.UDPConn   // on the person's end
	to   []*net.UDPConn
}

// The ports of the booth's other end: none has a name.
const firstPort = 29001

func newBooth(t *testing.T, w, h int) *booth {
	t.Helper()
	a, b, _, _ := testkit.Veth(t)
	s := &booth{person: sit(t, a, w, h), ns: a, from: listen(t, a, testkit.AddrA4)}
	for i := range 4 {
		s.to = append(s.to, listenAt(t, b, remote(i)))
	}
	return s
}

// payload is so long that a datagram is 1,000 bytes on the wire.
const payload = 1000 - etherHeader - ip4Header - udpHeader

// sends sends so many datagrams of 1,000 bytes to each port from firstPort on. Each port
// is a flow.
func (b *booth) sends(datagrams ...int) {
	b.t.Helper()
	for i, n := range datagrams {
		sendUDP(b.t, b.from, b.to[i], n, payload)
	}
}

// live opens the dashboard on the person's end, and waits until it captures.
func (b *booth) live() {
	b.t.Helper()
	b.opens("-i "+testkit.IfA, testkit.IfA)
}

// remote returns the booth's other end of a flow, by its place among the ports.
func remote(i int) string { return fmt.Sprintf("%s:%d", testkit.AddrB4, firstPort+i) }

// remotes returns the booth's remote ends in the order in which a screen lists them.
func remotes(screen string) []string {
	return regexp.MustCompile(regexp.QuoteMeta(testkit.AddrB4)+`:\d+`).FindAllString(screen, -1)
}

// cells waits for a screen of which ok accepts the cells, with their styles.
func (p *person) cells(what string, ok func(c *term.Canvas) bool) {
	p.t.Helper()
	p.Until(what, func(screen string) bool {
		size := strings.Fields(p.Ask("#{window_width} #{window_height}"))
		w, _ := strconv.Atoi(size[0])
		h, _ := strconv.Atoi(size[1])
		return ok(picture.Parse(p.Styled(), w, h))
	})
}

// marked waits until a word of a line is shown as wrong: in another style than what is
// beside it.
func (p *person) marked(line, word string) {
	p.t.Helper()
	p.cells(fmt.Sprintf("%q marked as wrong", word), func(c *term.Canvas) bool {
		x, y, ok := at(c, line)
		x += strings.Index(line, word)
		style := func(x int) term.Style { return c.At(x, y).Style }
		return ok && style(x) != style(x-1) && style(x) == style(x+len(word)-1) && style(x) != style(x+len(word))
	})
}

// at returns where a canvas shows text last.
func at(c *term.Canvas, text string) (x, y int, ok bool) {
	lines := strings.Split(c.String(), "\n")
	for y, line := range slices.Backward(lines) {
		if i := strings.LastIndex(line, text); i >= 0 {
			return utf8.RuneCountInString(line[:i]), y, true
		}
	}
	return 0, 0, false
}

// lineOf returns the first line of a screen that contains text, "" for none.
func lineOf(screen, text string) string {
	for line := range strings.Lines(screen) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// TestDashboardStart: the first picture is there at once, says what is captured, and
// flows come with their exact volumes. Quitting leaves nothing behind.
func TestDashboardStart(t *testing.T) {
	t.Parallel()
	s := newBooth(t, 120, 40)
	began := time.Now()
	s.live()
	t.Logf("first picture after %v", time.Since(began))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the first picture took %v", took)
	}
	s.sends(7, 12)
	s.Await("2 flows")
	for i, total := range []string{"7.00kB", "12.0kB"} {
		if line := lineOf(s.Await(remote(i)), remote(i)); !strings.Contains(line, total) || !strings.Contains(line, "UDP") {
			t.Errorf("got %q want UDP and the total %s", line, total)
		}
	}
	s.Keys("F8")
	s.Await("nothing was lost", "19 packets, 19.0kB")
	s.quits()
}
