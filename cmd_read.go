package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sockeye/capture"
	"sockeye/export"
	"sockeye/track"
	"sockeye/track/proc"
)

// readCmd reads a capture file.
type readCmd struct {
	File string `arg:"" placeholder:"FILE" help:"pcap or pcapng, also compressed by gzip or zstd; - for the standard input."`

	ShowLocalhost bool `group:"Counting:" default:"true" negatable:"no-localhost" help:"Rows for loopback traffic (default); --no-localhost for none."`

	inspectFlags
	countFlags
	outputFlags
}

// Run reads the file to its end and writes records on the way. Intervals run on
// the time of the packets, so the same file gives the same bytes each time.
func (c *readCmd) Run(a *app) error {
	if by := c.byOwner(); by != "" {
		return &usageError{err: fmt.Errorf("--group %s: a file does not tell whose its flows are", by), hint: "of files, groups are by host and port"}
	}
	wanted, err := c.filter(a)
	if err != nil {
		return err
	}
	names, err := c.names()
	if err != nil {
		return err
	}
	defer names.Places.Close()
	chosen, err := a.choose(&c.recordFlags, names, nil)
	if err != nil {
		return err
	}
	file, err := capture.OpenFile(c.File)
	if err != nil {
		return err
	}
	if a.wantsDashboard(&c.outputFlags) {
		return c.play(a, file, wanted, names)
	}
	recorded := proc.NewRecorded(file.Processes())
	table, err := track.New(track.Config{
		Owners: recorded, Told: recorded.Told,
		Shards: c.shards(), Split: true,
		MaxFlows: int(c.MaxFlows), Boundary: c.boundary(), ShowLoopback: c.ShowLocalhost,
		Inspect: !c.NoDPI, Events: c.JSONEvents,
	})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	defer table.Close()
	engine, err := capture.NewEngine(capture.Config{
		Count:   uint64(c.Count),
		Options: capture.Options{Decap: c.Decap, Direction: capture.Direction(c.Direction), Filter: wanted},
	})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	form := a.fileForm(&c.outputFlags)
	r := &fileRun{app: a, cmd: c, table: table, engine: engine, form: form, writer: newRecordWriter(a.stdout, form, names), names: names, choice: chosen}
	return r.run(file)
}

// shards is how many goroutines count: two, on any machine, since the records
// depend on it. Each has half of the flow cap, whatever hosts it is given, so that
// a cap that is asked for is held by one alone.
func (c *readCmd) shards() int {
	if c.MaxFlows != 0 {
		return 1
	}
	return 2
}

// fileForm chooses the form of output from a file: what the flags say, or text.
func (a *app) fileForm(o *outputFlags) form {
	text := *o
	text.Text = true // a table in place is for what goes on by itself
	return a.newForm(&text)
}

// fileRun is the reading of one file.
type fileRun struct {
	app    *app
	cmd    *readCmd
	table  *track.Table
	engine *capture.Engine
	form   form
	names  export.Names
	writer *recordWriter
	choice *choice
	events *fileEvents // nil for records
}

func (r *fileRun) run(file *capture.File) error {
	ctx, release := interrupts(func() {})
	defer release()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	r.writer.start(stop)

	feed := r.table.NewFeed(file.Kept())
	sink := &intervalSink{next: feed, cut: r.record}
	if r.cmd.JSONEvents {
		r.events = &fileEvents{eventLines: newEventLines(r.table, r.names, r.choice), run: r, stop: stop}
		sink.every, sink.most, sink.cut = int64(fileEventEvery), eventPackets, r.events.cut
	} else if !r.summary() {
		sink.every = int64(time.Duration(r.cmd.Interval))
	}
	err := r.engine.RunSource(ctx, file, sink)
	feed.Close()
	if errors.Is(err, capture.ErrClosed) && ctx.Err() != nil {
		err = nil // a signal ended it
	}
	switch {
	case isFilterError(err): // nothing was looked at
	case r.events != nil:
		err = errors.Join(r.events.finish(sink.newest), err)
	default:
		r.write(track.Request{Now: sink.newest, Final: true})
	}
	return errors.Join(writeError(r.writer.finish()), err)
}

// summary reports whether one record for the whole file is wanted: that is what
// a reader without any flag wants to see.
func (r *fileRun) summary() bool { return r.cmd.Once || !r.cmd.JSON && !r.cmd.Text }

// record writes the record of an interval.
func (r *fileRun) record(end int64) { r.write(track.Request{Now: end}) }

// write takes a snapshot and has its record written. The last one sums up the
// file, so its rows are the flows with the most bytes.
func (r *fileRun) write(request track.Request) {
	request.Top = r.form.top()
	request.By, _ = r.cmd.rank()
	job := recordJob{snapshot: r.writer.snapshot(), final: request.Final}
	if request.Final && request.By == track.By2s {
		request.By = track.ByTotal
		job.order = "total"
	}
	r.choice.snapshot(r.table, job.snapshot, request, r.engine.Interfaces)
	job.from = export.Capture{Source: export.Source{Kind: "file", File: r.cmd.File, Filter: r.cmd.Filter, Query: r.cmd.Query}, Interfaces: r.engine.Interfaces()}
	if !request.Final {
		job.from.Interfaces = counted(job.snapshot, job.from.Interfaces)
	}
	r.writer.write(job)
}

// counted returns those interfaces that had a packet in the snapshot, without
// the reader's counters. The reader is ahead of the interval, how far depends on
// the machine, and each record shall depend on the file alone.
func counted(s *track.Snapshot, all []capture.InterfaceStatus) []capture.InterfaceStatus {
	var out []capture.InterfaceStatus
	for _, st := range all {
		if int(st.Slot) >= len(s.Interfaces) {
			continue
		}
		if c := &s.Interfaces[st.Slot].Count; c[track.Sent].Packets+c[track.Received].Packets > 0 {
			out = append(out, capture.InterfaceStatus{
				Slot: st.Slot, Name: st.Name, Kind: st.Kind, Link: st.Link, State: capture.StateCapturing, Queues: st.Queues,
			})
		}
	}
	return out
}
