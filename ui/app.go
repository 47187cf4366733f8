package ui

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"sockeye/track"
	"sockeye/ui/tab"
	"sockeye/ui/term"
	"sockeye/ui/theme"
)

// Screen is what the dashboard is drawn on: a *term.Terminal, or a canvas in tests. None
// of its methods but Suspend waits, however slow the terminal is. Close may be called more
// than once.
type Screen interface {
	Size() (w, h int)
	Draw(c *term.Canvas) error // one frame; writes what differs from the last one
	Events() <-chan term.Event // closed when there will be no more
	Copy(text string) error    // into the clipboard
	Bell()
	SetMouse(on bool)
	Suspend() error // hands the terminal to the shell, and returns when it is ours again
	Close() error
}

// App is a dashboard that is open. Its fields belong to the loop.
type App struct {
	o       Options
	screen  Screen
	model   tab.Model
	tabs    [tab.NumTabs]tab.Tab
	keys    *keymap
	canvas  *term.Canvas
	collect *collector
	posts   chan func() // what goroutines have for the loop
	pending int         // of those that will post something

	now     time.Time // of this turn of the loop
	places  places    // where things were drawn last
	windows []window  // the topmost last
	status  message
	tip     *tip
	pointer pointer
	shown   *batch // what the model shows
	behind  behind
	alarms  alarms
	queries queries
	trail   trail // where what is shown was opened
	side    tab.Side
	matched matched
	writer  writer
	look    look
	preview *theme.Theme // a theme that is edited; nil for none

	dirty bool // the picture is not what the model says
	ended bool
	err   error // why it ended; nil where a person wanted it to
}

// Run shows the dashboard until a person quits it, ctx ends, or the terminal fails. The
// terminal is restored by then, also one that was given as Options.Screen, and also where
// something panics. Wrong Options.Keys are an error, see CheckKeys.
func Run(ctx context.Context, o Options) error {
	keys, err := newKeymap(o.Keys)
	if err != nil {
		if o.Screen != nil {
			err = errors.Join(err, o.Screen.Close())
		}
		return err
	}
	if o.Screen == nil {
		t, err := term.Open(o.Terminal)
		if err != nil {
			return fmt.Errorf("open terminal: %w", err)
		}
		o.Screen = t
	}
	defer o.Screen.Close()
	return newApp(o, keys).run(ctx)
}

// newApp returns a dashboard before its first frame.
func newApp(o Options, keys *keymap) *App {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Prefs == nil {
		o.Prefs = tab.DefaultPrefs()
	}
	a := &App{
		o: o, screen: o.Screen, keys: keys, canvas: new(term.Canvas), posts: make(chan func(), 64),
		now: o.Clock(), tabs: newTabs(), dirty: true,
	}
	keys.ascii = o.ASCII
	facts := o.Source.Facts()
	a.model = tab.Model{
		Source: o.Source, Facts: facts, Naming: o.Source.Naming(), Now: a.now,
		Prefs: o.Prefs, Log: new(tab.Log), Series: new(tab.Series), HoverX: -1, HoverY: -1, Send: a.request,
	}
	a.model.Control, _ = o.Source.(tab.Control)
	a.model.Player, _ = o.Source.(tab.Player)
	a.dress()
	a.queries = queries{fields: a.newQueryFields()}
	a.setQuery(o.Query)
	if o.Notice != "" {
		a.complain(errors.New(o.Notice))
	}
	a.matched = matched{filter: facts.Filter, since: facts.Started}
	a.writer.saved = changesOf(o.Prefs)
	a.collect = newCollector(o.Source, o.Clock)
	a.alarms.threshold = -1 // none was given yet
	return a
}

// run is the loop.
func (a *App) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a.screen.SetMouse(a.model.Prefs.Mouse)
	a.tellCollector()
	a.redraw()
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		a.collect.run(ctx)
	}()
	events := a.screen.Events()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !a.ended {
		timer.Reset(a.rest())
		select {
		case <-ctx.Done():
			a.end(nil)
		case e, open := <-events:
			a.wake()
			if !open {
				a.end(nil)
				break
			}
			a.takeAll(e, events)
		case <-a.collect.notify:
			a.wake()
			a.receive()
		case f := <-a.posts:
			a.wake()
			f()
		case <-timer.C:
			a.wake()
		}
		a.turn()
	}
	stop()
	<-collected
	a.finishWriting()
	return a.err
}

// takeAll takes an event and those that wait behind it: a wheel makes many, and one
// picture of their sum is enough.
func (a *App) takeAll(e term.Event, events <-chan term.Event) {
	const most = 256 // then there is a picture even while more are coming
	for range most {
		a.take(e)
		if a.ended {
			return
		}
		select {
		case next, open := <-events:
			if !open {
				a.end(nil)
				return
			}
			e = next
		default:
			return
		}
	}
}

// wake notes what time it is.
func (a *App) wake() { a.now = a.o.Clock() }

// turn ends a turn of the loop: what changed is saved, and drawn.
func (a *App) turn() {
	a.pass()
	a.savePrefs()
	if a.dirty && !a.ended {
		a.redraw()
	}
}

// end leaves the loop after this turn.
func (a *App) end(err error) {
	a.ended = true
	if a.err == nil {
		a.err = err
	}
}

// background does something that may take a while, and then something in the loop.
func (a *App) background(do func() error, then func(error)) {
	a.pending++
	go func() {
		err := guarded(do)
		a.posts <- func() {
			a.pending--
			panicAgain(err)
			then(err)
		}
	}()
}

// panicAgain panics in the loop with what panicked in a goroutine.
func panicAgain(err error) {
	var p *panicError
	if errors.As(err, &p) {
		panic(p.Error())
	}
}

// guarded makes an error of a panic: the loop alone may panic, since it restores the
// terminal first.
func guarded(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return do()
}

// panicError is a panic in a goroutine, on its way to the loop.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v\n\n%s", p.value, p.stack) }

// active returns the tab that is shown.
func (a *App) active() tab.Tab { return a.tabs[a.model.Tab] }

// rows returns the flows that the picture shows.
func (a *App) rows() []track.Row {
	if a.model.Snap == nil {
		return nil
	}
	return a.model.Snap.Flows
}

// style returns the style of a role.
func (a *App) style(r theme.Role) term.Style { return a.model.Theme.Style(r) }

// newTabs returns the tabs in their places.
func newTabs() [tab.NumTabs]tab.Tab {
	return [tab.NumTabs]tab.Tab{
		tab.FlowsTab: tab.NewFlows(), tab.ProcessesTab: tab.NewProcesses(), tab.HostsTab: tab.NewHosts(),
		tab.DetailsTab: tab.NewDetails(), tab.SocketsTab: tab.NewSockets(), tab.GraphsTab: tab.NewGraphs(),
		tab.EventsTab: tab.NewEvents(), tab.SystemTab: tab.NewSystem(),
	}
}
