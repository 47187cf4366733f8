package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"time"

	"sockeye/capture"
	"sockeye/capture/link"
	"sockeye/config"
	"sockeye/export"
	"sockeye/parse"
	"sockeye/track"
	"sockeye/track/proc"
)

// liveCmd captures live.
type liveCmd struct {
	Demo bool `group:"Capture:" help:"Show traffic that is made up, and capture nothing: it takes no rights."`
	List bool `group:"Capture:" name:"list-interfaces" short:"l" help:"List the interfaces and exit."`

	captureFlags
	limitFlags
	inspectFlags
	countFlags
	outputFlags

	ReverseDNS bool `group:"Names:" name:"reverse-dns" negatable:"" help:"Ask the network for names of addresses that nothing else names."`

	ownerFlags
}

// lag is how old a packet may be when its ring hands it over: the block timeout
// of the ring, and a little for the reader to wake up.
const lag = 100 * time.Millisecond

func (c *liveCmd) apply(conf *config.Config, given map[string]bool) error {
	setting(&c.ReverseDNS, conf.ReverseDNS, given["reverse-dns"])
	c.ownerFlags.apply(conf, given)
	c.captureFlags.apply(conf, given)
	return c.limitFlags.apply(conf, given)
}

// Run captures until a signal, a limit or the reader of the output ends it.
func (c *liveCmd) Run(a *app) error {
	garbage := collectOften()
	wanted, err := c.filter(a)
	if err != nil {
		return err
	}
	r := &liveRun{app: a, cmd: c, garbage: garbage, filter: wanted, told: packetProcesses(), begun: make(chan struct{})}
	if err := r.meet(); err != nil {
		return err
	}
	defer r.monitor.Close()
	if r.dashboard = a.wantsDashboard(&c.outputFlags); !r.dashboard {
		r.form = a.newForm(&c.outputFlags)
		r.snapshot = track.NewSnapshot(r.form.groups()...)
	}
	if r.builder.Names, err = c.names(); err != nil {
		return err
	}
	defer r.builder.Names.Places.Close()
	r.reverse.Set(c.ReverseDNS && !c.NoNames)
	defer r.reverse.Set(false)
	r.builder.Names.Reverse = r.reverse.Now()
	if r.choice, err = a.choose(&c.recordFlags, r.builder.Names, &r.reverse); err != nil {
		return err
	}
	if screen, ok := r.form.(*screenForm); ok {
		screen.notes = &r.notes
	}
	r.own.set(r.monitor.Addrs())
	if c.JSONEvents {
		if r.alerts, err = a.newAlertLines(newShownNames(r.builder.Names, &r.reverse)); err != nil {
			return err
		}
	}
	if err := r.openOwners(); err != nil {
		return err
	}
	defer r.closeOwners()
	if err := r.open(); err != nil {
		return err
	}
	defer r.close()
	return r.run()
}

// liveRun is one live capture.
type liveRun struct {
	app     *app
	cmd     *liveCmd
	monitor site
	filter  *capture.Filter // nil for none
	table   *counting
	engine  *capture.Engine
	sockets *proc.Sockets    // nil where the kernel cannot be asked about them
	owners  ownerSource      // nil with --attribution off
	told    *parse.Processes // what packets tell; nil where they tell nothing
	own     addresses
	notes   noteLines
	reverse reverser
	form    form        // nil of a dashboard
	out     *output     // nil of a dashboard
	lines   *eventLines // nil for records
	alerts  *alertLines // nil where there are no rules
	choice  *choice

	dashboard bool
	started   time.Time
	begun     chan struct{} // closed once the first interfaces are captured

	builder  export.Builder
	snapshot *track.Snapshot
	skipped  uint64
	garbage  *garbage
}

// open makes the table and the engine.
func (r *liveRun) open() error {
	c := r.cmd
	shards := int(c.Queues)
	if shards == 0 {
		shards = runtime.GOMAXPROCS(0)
	}
	config := track.Config{
		Shards: shards, MaxFlows: int(c.MaxFlows), Boundary: c.boundary(),
		ShowLoopback: r.showLoopback(), Inspect: !c.NoDPI, Events: c.JSONEvents || r.dashboard, Limits: c.limits(), Own: r.reverse.Own, Held: r.held(), Start: r.started.UnixNano(),
	}
	if r.owners != nil {
		config.Owners = r.owners // no nil of that type within the interface
	}
	open := capture.Opener(openLive)
	if demo, ok := r.monitor.(*demoMachine); ok {
		open, config.Told, config.Held = demo.open, demoTold, nil
	}
	var err error
	if r.table, err = newCounting(config); err != nil {
		return err
	}
	r.table.SetLocal(r.monitor.Addrs())
	r.engine, err = capture.NewEngine(capture.Config{
		Open: open, Links: r.monitor, Names: c.Interface, Count: uint64(c.Count), NoAny: runtime.GOOS != "linux",
		Sink: r.table.Sink, Notify: r.notice, Begun: func() { close(r.begun) },
		Options: capture.Options{
			Snaplen: int(c.Snaplen), RingBytes: int(c.RingSize), Queues: int(c.Queues), Promisc: c.Promiscuous,
			HeadersOnly: c.NoDPI, Decap: c.Decap, Direction: capture.Direction(c.Direction), Filter: r.filter,
			Processes: r.told,
		},
	})
	return err
}

// close gives back what open took.
func (r *liveRun) close() {
	r.table.Close()
	if r.sockets != nil {
		_ = r.sockets.Close() // nothing was written
	}
}

// held returns what asks the kernel whether a flow's socket is open, nil where it
// cannot be asked.
func (r *liveRun) held() func(*parse.Key) bool {
	sockets, err := proc.NewSockets()
	if err != nil {
		slog.Info("flows leave though their sockets are open", "error", err)
		return nil
	}
	r.sockets = sockets
	return sockets.Open
}

// showLoopback: rows of loopback traffic are for those who ask for them, which
// -i lo does.
func (r *liveRun) showLoopback() bool {
	if r.cmd.localhostSet {
		return r.cmd.ShowLocalhost
	}
	return slices.ContainsFunc(r.cmd.Interface, func(name string) bool {
		i, ok := link.ByName(r.monitor.Interfaces(), name)
		return ok && i.Loopback
	})
}

// notice tells of an interface that came or went. The screen shows the states
// itself.
func (r *liveRun) notice(n capture.Notice) {
	slog.Info(n.String(), "interface", n.Name)
	if n.Kind == capture.NoticeOpened {
		r.tellNotes()
	} else {
		r.note(n.String())
	}
	if n.Kind == capture.NoticeOpened && n.Name == capture.AnyName && r.cmd.Promiscuous {
		r.note("-p has no effect on any: name interfaces with -i to take packets for other machines")
	}
}

// note writes a line for people, unless a screen would be torn by it.
func (r *liveRun) note(text string) {
	if !r.onScreen() {
		fmt.Fprintf(r.app.stderr, "note: %s\n", text)
	}
}

// onScreen reports whether the terminal is taken.
func (r *liveRun) onScreen() bool {
	_, table := r.form.(*screenForm)
	return table || r.dashboard
}

// run captures and writes records until something ends it.
func (r *liveRun) run() error {
	signals, release := interrupts(r.restore)
	defer release()
	defer r.leave()
	ctx, cancel := context.WithCancel(signals)
	defer cancel()
	defer r.follow()()
	defer r.answer()()

	ended := make(chan struct{})
	var failure error
	go func() {
		defer close(ended)
		failure = r.engine.Run(ctx)
	}()
	if r.dashboard {
		err := r.show(ctx, ended)
		cancel()
		<-ended
		if failure == nil && err == nil {
			r.farewell()
		}
		return cmp.Or(failure, err)
	}
	r.out = newOutput(r.app.stdout)
	if r.cmd.JSONEvents {
		r.lines = newEventLines(r.table, r.builder.Names, r.choice)
		r.events(ctx, ended)
	} else {
		r.records(ctx, ended)
	}
	stopped := time.Now()
	cancel()
	<-ended
	r.settle()

	patience, done := context.WithTimeout(context.Background(), stallTime)
	defer done()
	if failure != nil {
		_ = r.out.finish(patience) // nothing was written
		return failure
	}
	err := r.end(patience, stopped)
	if finished := r.out.finish(patience); err == nil {
		err = finished
	}
	return err
}

// end writes what comes last.
func (r *liveRun) end(ctx context.Context, stopped time.Time) error {
	if r.lines != nil {
		return r.lastEvents(ctx, stopped)
	}
	return r.last(ctx, stopped)
}

// leave gives the terminal back if no last record did: after a failure or a
// panic.
func (r *liveRun) leave() {
	if screen, ok := r.form.(*screenForm); ok && screen.shown {
		r.restore()
	}
}

// restore gives the terminal back whatever state it is in, from any goroutine.
func (r *liveRun) restore() {
	r.app.rescue()
	if _, ok := r.form.(*screenForm); ok {
		_, _ = r.app.stdout.WriteString(leaveScreen)
	}
}

// follow keeps this machine's own addresses fresh until stop is called.
func (r *liveRun) follow() (stop func()) {
	unsubscribe := r.monitor.Subscribe(func([]link.Change) {
		all := r.monitor.Addrs()
		r.own.set(all)
		r.table.SetLocal(all)
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.monitor.Run(ctx); err != nil {
			slog.Warn("changes of interfaces are not seen", "error", err)
		}
	}()
	return func() {
		cancel()
		<-done
		unsubscribe()
	}
}

// records writes one record an interval until ctx is done, the engine has
// ended, time is up, or the reader is gone.
func (r *liveRun) records(ctx context.Context, ended <-chan struct{}) {
	interval := time.Duration(r.cmd.Interval)
	limit := time.Duration(r.cmd.Seconds)
	var tick <-chan time.Time
	if r.cmd.Once {
		if limit == 0 || limit > interval {
			limit = interval
		}
	} else {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	var timeUp <-chan time.Time
	if limit > 0 {
		timeUp = time.After(limit)
	}
	end := time.Now().Add(limit)
	for r.ticks(ctx, ended, timeUp, tick) {
		// A tick may have waited, for a machine that slept above all.
		now := time.Now()
		if limit > 0 && now.After(end.Add(-interval/8)) {
			continue // the last record is about to say the same
		}
		r.record(now)
	}
}

// ticks waits for the next tick. It returns false when ctx is done, the engine has
// ended, time is up, or the reader is gone.
func (r *liveRun) ticks(ctx context.Context, ended <-chan struct{}, timeUp, tick <-chan time.Time) bool {
	select {
	case <-ctx.Done():
	case <-ended:
	case <-timeUp:
	case <-r.out.broken:
	case <-tick:
		r.garbage.adapt()
		return true
	}
	return false
}

// record writes a record, or counts it as skipped when the reader is behind.
func (r *liveRun) record(now time.Time) {
	b, ok := r.out.room()
	if !ok {
		r.skipped++
		return
	}
	request := track.Request{Now: now.UnixNano(), Lag: lag}
	if err := r.fill(&b, request); err != nil {
		slog.Error("record left out", "error", err)
		r.skipped++
	}
	r.out.send(b)
}

// last writes the final record, once the engine has ended. It waits for a
// reader who is behind until ctx is done.
func (r *liveRun) last(ctx context.Context, stopped time.Time) error {
	b, ok := r.out.wait(ctx)
	if !ok {
		return errStalled
	}
	err := r.fill(&b, track.Request{Now: stopped.UnixNano(), Final: true})
	r.out.send(b)
	return err
}

// fill takes a snapshot and puts its record into b.
func (r *liveRun) fill(b *[]byte, request track.Request) error {
	request.Top = r.form.top()
	request.By, _ = r.cmd.rank()
	r.choice.snapshot(r.table, r.snapshot, request, r.engine.Interfaces)
	from := export.Capture{Source: export.Source{Kind: "live", Filter: r.cmd.Filter, Query: r.cmd.Query}, Interfaces: r.engine.Interfaces(), Owners: r.ownerStats()}
	record := r.builder.Build(r.snapshot, from, request.Final)
	record.Skipped = r.skipped
	line, err := r.form.render(record)
	*b = append(*b, line...)
	return err
}
