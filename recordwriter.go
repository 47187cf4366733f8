package main

import (
	"context"
	"io"

	"sockeye/export"
	"sockeye/track"
)

// recordWriter renders and writes the records of a file on a goroutine of its
// own, so that the next packets are counted meanwhile. None is ever left out:
// a slow reader of the output slows the reading of the file.
type recordWriter struct {
	out     io.Writer
	form    form
	builder export.Builder

	jobs chan recordJob
	free chan *track.Snapshot // snapshots that no job uses
	done chan struct{}        // closed when the goroutine has ended
	err  error                // the first failure, valid then
}

// recordJob is one record to be written.
type recordJob struct {
	snapshot *track.Snapshot
	from     export.Capture
	order    string // of a ranked text table, where it is not the one that was asked for
	final    bool
}

func newRecordWriter(out io.Writer, f form, names export.Names) *recordWriter {
	w := &recordWriter{
		out: out, form: f, builder: export.Builder{Names: names},
		jobs: make(chan recordJob, 1), free: make(chan *track.Snapshot, 2), done: make(chan struct{}),
	}
	for range cap(w.free) {
		w.free <- track.NewSnapshot(f.groups()...)
	}
	return w
}

// start begins to write. After a failure it calls stop, and what follows is
// dropped.
func (w *recordWriter) start(stop context.CancelFunc) {
	go func() {
		defer close(w.done)
		for job := range w.jobs {
			if w.err == nil {
				if w.err = w.render(job); w.err != nil {
					stop()
				}
			}
			w.free <- job.snapshot
		}
	}()
}

// snapshot returns one that may be filled for the next job. It waits until the
// writer has done with it.
func (w *recordWriter) snapshot() *track.Snapshot { return <-w.free }

// write has a record written.
func (w *recordWriter) write(job recordJob) { w.jobs <- job }

// finish waits until everything is written.
func (w *recordWriter) finish() error {
	close(w.jobs)
	<-w.done
	return w.err
}

func (w *recordWriter) render(job recordJob) error {
	if text, ok := w.form.(textForm); ok && text.ranked && job.order != "" {
		text.Order = job.order
	}
	line, err := w.form.render(w.builder.Build(job.snapshot, job.from, job.final))
	if err != nil {
		return err
	}
	_, err = w.out.Write(line)
	return err
}
