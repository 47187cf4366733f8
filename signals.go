package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interrupts returns a context that the first SIGINT, SIGTERM or SIGHUP ends. A
// second one ends the program at once, after urgent. SIGPIPE is ignored from
// here on: a write tells of a reader that went away. stop releases the signals.
func interrupts(urgent func()) (ctx context.Context, stop func()) {
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup(1) wants it ignored
		signal.Notify(signals, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
			cancel()
		case <-done:
			return
		}
		select {
		case s := <-signals:
			urgent()
			code := 1
			if n, ok := s.(syscall.Signal); ok {
				code = 128 + int(n) // as a shell reports it
			}
			os.Exit(code)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}
