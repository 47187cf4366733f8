package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sockeye/export"
)

// gate is a reader of the output who reads only when he is let.
type gate struct {
	open chan struct{}
	got  []string
	err  error
}

func (g *gate) Write(b []byte) (int, error) {
	<-g.open
	if g.err != nil {
		return 0, g.err
	}
	g.got = append(g.got, string(b))
	return len(b), nil
}

// TestOutputBehind checks that a reader who is behind holds nobody up, loses
// whole records only, and gets the last one.
func TestOutputBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		o := newOutput(g)
		skipped := 0
		for _, record := range []string{"a", "b", "c", "d"} {
			b, ok := o.room()
			if !ok {
				skipped++
				continue
			}
			o.send(append(b, record...))
			synctest.Wait()
		}
		if skipped != 2 {
			t.Errorf("got %d records skipped, want 2", skipped)
		}
		time.AfterFunc(time.Second, func() { close(g.open) })
		ctx, cancel := context.WithTimeout(t.Context(), stallTime)
		defer cancel()
		b, ok := o.wait(ctx)
		if !ok {
			t.Fatal("got no room for the last record, want it as soon as the reader goes on")
		}
		o.send(append(b, "last"...))
		if err := o.finish(ctx); err != nil {
			t.Errorf("finish: %v", err)
		}
		if got := strings.Join(g.got, " "); got != "a b last" {
			t.Errorf("the reader got %q, want %q", got, "a b last")
		}
	})
}

func TestOutputStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		o := newOutput(g)
		b, _ := o.room()
		o.send(append(b, 'a'))
		ctx, cancel := context.WithTimeout(t.Context(), stallTime)
		defer cancel()
		if err := o.finish(ctx); !errors.Is(err, errStalled) {
			t.Errorf("got %v, want %v", err, errStalled)
		}
		close(g.open)
	})
}

func TestOutputErrors(t *testing.T) {
	full := errors.New("disk full")
	for _, tt := range []struct {
		name       string
		give, want error
	}{
		{"reader gone", &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}, nil},
		{"any other", full, full},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &gate{open: make(chan struct{}), err: tt.give}
			close(g.open)
			o := newOutput(g)
			b, _ := o.room()
			o.send(append(b, 'a'))
			<-o.broken
			if err := o.finish(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestScreen checks that frames stay within the terminal, and that the last one
// gives it back.
func TestScreen(t *testing.T) {
	null, err := os.Open(os.DevNull) // no terminal: 80 by 24 is taken
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	f := &screenForm{textForm: textForm{Text: &export.Text{}, ranked: true}, tty: null}
	r := &export.Record{Head: export.Head{Time: 1_700_000_010_000_000_000}, Flows: make([]export.Flow, 30)}
	frame := func(what, begin string) string {
		b, err := f.render(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(b), begin) {
			t.Errorf("%s: got %.20q, want it to begin with %q", what, b, begin)
		}
		return string(b)
	}
	first := frame("first frame", enterScreen+cursorHome)
	if n := strings.Count(first, "\r\n") + 1; n > 24 || n < 23 {
		t.Errorf("got %d lines, want the 24 of the terminal used", n)
	}
	frame("second frame", cursorHome)
	r.Final = true
	frame("last frame", leaveScreen+"2023-11-14")
	frame("a last frame alone", "2023-11-14")
}

// TestScreenLow checks that a terminal too low for everything shows flows.
func TestScreenLow(t *testing.T) {
	r := &export.Record{Head: export.Head{Time: 1_700_000_010_000_000_000}, Flows: make([]export.Flow, 30)}
	for _, tt := range []struct{ rows, flows int }{{1, 1}, {6, 1}, {7, 2}, {9, 3}, {14, 3}, {24, 6}} {
		f := &screenForm{textForm: textForm{Text: &export.Text{TextOptions: export.TextOptions{Width: 30}}, ranked: true}}
		if f.fit(r, tt.rows); f.Lines != tt.flows {
			t.Errorf("%d rows: got %d flows, want %d", tt.rows, f.Lines, tt.flows)
		}
	}
}

// TestScreenGroups checks that two tables share the terminal, and that the
// longer one gives way first.
func TestScreenGroups(t *testing.T) {
	r := &export.Record{Head: export.Head{Time: 1_700_000_010_000_000_000}, Groups: []export.Group{
		{By: "host", Entries: slices.Repeat([]export.Entry{{Flows: 1}}, 30)},
		{By: "port", Entries: slices.Repeat([]export.Entry{{Flows: 1}}, 4)},
	}}
	for _, tt := range []struct{ rows, entries int }{{200, 30 + 4}, {48, 13 + 4}, {28, 3 + 3}} {
		f := &screenForm{textForm: textForm{Text: &export.Text{TextOptions: export.TextOptions{Width: 80}}, ranked: true}}
		block := f.fit(r, tt.rows)
		if n := bytes.Count(block, []byte("=>")); n != tt.entries {
			t.Errorf("%d rows: got %d entries, want %d:\n%s", tt.rows, n, tt.entries, block)
		}
		if n := bytes.Count(block, []byte("\n")); n > tt.rows {
			t.Errorf("%d rows: got %d lines:\n%s", tt.rows, n, block)
		}
	}
}
