package ui

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"sockeye/config"
	"sockeye/ui/tab"
	"sockeye/ui/widget"
)

// openFilter edits the capture filter. A wrong one is never applied.
func (a *App) openFilter() {
	c := a.model.Control
	if c == nil {
		a.say("the filter of a " + kindName(a.model.Facts.Kind) + " cannot be changed: use the query, " + a.keys.first(tab.DoQuery))
		return
	}
	w := newPrompt("filter: ")
	w.input.Hint = "pcap-filter(7), empty for all: tcp port 443"
	w.input.Set(a.model.Facts.Filter)
	w.changed = func(*App) {
		w.input.Note, w.input.Wrong = "", [2]int{}
		if err := c.CheckFilter(w.input.Text()); err != nil {
			w.input.Note, w.input.Wrong = err.Error(), [2]int{0, max(1, len(w.input.Text()))}
			var placed interface{ Place() (from, to int) }
			if errors.As(err, &placed) {
				from, to := placed.Place()
				w.input.Wrong = [2]int{from, max(to, from+1)}
			}
		}
	}
	w.entered = func(a *App) bool {
		text := strings.TrimSpace(w.input.Text())
		if c.CheckFilter(text) != nil {
			return false
		}
		a.background(func() error { return c.SetFilter(text) }, func(err error) {
			if err != nil {
				a.complain(err)
				return
			}
			a.collect.now()
			if text == "" {
				text = "everything"
			}
			a.say("captures " + text)
		})
		return true
	}
	a.open(w)
}

// openThreshold asks from which rate on there is an alert.
func (a *App) openThreshold() {
	a.openRate("alert above (bytes/s): ", "10MB, 100Mbit; 0 for none", &a.model.Prefs.AlertThreshold, func(v float64) string {
		if v == 0 {
			return "no alert by rate"
		}
		return "alert above " + widget.Rate(v, true) + "/s of one flow"
	})
}

// openScale asks at which rate bars are full.
func (a *App) openScale() {
	a.openRate("bars end at (bytes/s): ", "10MB, 100Mbit; 0 follows the traffic", &a.model.Prefs.ScaleMax, func(v float64) string {
		if v == 0 {
			return "bars follow the traffic"
		}
		return "bars end at " + a.rate(v)
	})
}

// openRate asks for a setting that is a rate in bytes per second, and says what it is
// then.
func (a *App) openRate(label, hint string, rate *float64, say func(float64) string) {
	w := newPrompt(label)
	w.input.Hint = hint
	if *rate > 0 {
		w.input.Set(config.Amount(*rate).String())
	}
	w.changed = func(*App) {
		w.input.Note, w.input.Wrong = "", [2]int{}
		if _, err := parseRate(w.input.Text()); err != nil {
			w.input.Note, w.input.Wrong = err.Error(), [2]int{0, len(w.input.Text())}
		}
	}
	w.entered = func(a *App) bool {
		v, err := parseRate(w.input.Text())
		if err != nil {
			return false
		}
		*rate = v
		a.say(say(v))
		return true
	}
	a.open(w)
}

// parseRate reads a rate, 0 of an empty text.
func parseRate(text string) (float64, error) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	v, err := config.ParseAmount(text)
	return float64(v), err
}

// refreshes are how often the picture can be renewed.
var refreshes = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second}

// nextRefresh takes the next one that is longer, after the longest the shortest.
func (a *App) nextRefresh() {
	p := a.model.Prefs
	i := slices.IndexFunc(refreshes, func(d time.Duration) bool { return d > p.Refresh })
	p.Refresh = refreshes[max(0, i)]
	a.say("refresh every " + p.Refresh.String())
}

func (a *App) nextBars() {
	p := a.model.Prefs
	p.BarStyle = (p.BarStyle + 1) % tab.BarStyles
	a.say("bars: " + config.BarStyles[p.BarStyle])
}

func (a *App) nextLines() {
	p := a.model.Prefs
	p.LineMode = (p.LineMode + 1) % tab.LineModes
	a.say([...]string{
		tab.OneLine: "one line a flow", tab.TwoLines: "two lines a flow: sent, received",
		tab.SentOnly: "what was sent", tab.ReceivedOnly: "what was received",
	}[p.LineMode])
}

// toggleNames shows names or addresses, and asks the network no more where only
// addresses are wanted.
func (a *App) toggleNames() {
	p := a.model.Prefs
	p.Resolve = !p.Resolve
	if c := a.model.Control; c != nil && a.model.Facts.Reverse {
		on := p.Resolve
		a.background(func() error { c.SetResolve(on); return nil }, func(error) {})
	}
	if p.Resolve {
		a.say("hosts by name")
	} else {
		a.say("hosts by address")
	}
}

func (a *App) toggleMouse() {
	p := a.model.Prefs
	p.Mouse = !p.Mouse
	a.screen.SetMouse(p.Mouse)
	if p.Mouse {
		a.say("mouse is on")
	} else {
		a.say("mouse is off: the terminal selects text")
	}
}

// suspend hands the terminal to the shell.
func (a *App) suspend() {
	if err := a.screen.Suspend(); err != nil {
		a.complain(err)
		return
	}
	a.wake()
	a.collect.now()
}

// step goes back or on in a file by a fiftieth of it.
func (a *App) step(by int64) {
	p := a.model.Player
	if p == nil {
		a.say("moves the cursor of Graphs")
		return
	}
	first, last, now := p.Span()
	a.goToTime(max(first, min(now+by*max(1, (last-first)/50), last)))
}

// arrived shows where a file is now.
func (a *App) arrived(err error) {
	if err != nil {
		a.complain(err)
	}
	a.collect.now()
}

// playPause runs or halts a file.
func (a *App) playPause() {
	p := a.model.Player
	if p == nil {
		a.say("only files are played: " + a.keys.first(tab.DoPause) + " pauses the picture")
		return
	}
	on, speed := p.Playing()
	p.Play(!on, speed)
	if on {
		a.say("halted")
	} else {
		a.say("plays " + speedText(speed))
	}
	a.collect.now()
}

// speed halves or doubles how fast a file is played: from an eighth to 64 times, and as
// fast as can be beyond that.
func (a *App) speed(by int) {
	p := a.model.Player
	if p == nil {
		a.say("only files are played")
		return
	}
	const slowest, fastest = 1.0 / 8, 64
	on, speed := p.Playing()
	switch {
	case by > 0 && speed >= fastest:
		speed = 0
	case by > 0 && speed > 0:
		speed *= 2
	case by < 0 && speed == 0:
		speed = fastest
	case by < 0:
		speed = max(slowest, speed/2)
	}
	p.Play(on, speed)
	a.say("plays " + speedText(speed))
}

func speedText(speed float64) string {
	if speed == 0 {
		return "as fast as can be"
	}
	return "at " + strconv.FormatFloat(speed, 'g', -1, 64) + " times its speed"
}
