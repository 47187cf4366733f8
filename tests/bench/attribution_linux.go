package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sockeye/export"
	"sockeye/internal/testkit/churn"
)

// The churn: so many processes a second live so long, each with so many connections.
const (
	churnRate  = 500
	churnEach  = 10
	churnLife  = 20 // ms
	churnTime  = 8 * time.Second
	churnQuiet = time.Second // after which every packet has been read
)

// completeness has short-lived processes make connections, and holds what sockeye says
// of each against what the process says. All runs count, not only the median one: a
// wrong owner is one too many.
func (b *bench) completeness(c *couple) error {
	b.out.begin(fmt.Sprintf("owners of %d connections a second of %d processes a second that live %d ms, for %v",
		churnRate*churnEach, churnRate, churnLife, churnTime),
		"way", "connections/s", "processes/s", "rows", "attributed", "by", "unknown", "wrong", "events lost", "% of a core", "goal")
	for _, way := range []struct {
		name string
		goal float64
	}{{"auto", 99.9}, {"ebpf", 99.9}, {"sock_diag", 60}, {"proc", 0}} {
		for range b.runs {
			if err := b.churnOnce(c, way.name, way.goal); err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
		}
	}
	b.out.flush()
	return nil
}

func (b *bench) churnOnce(c *couple, way string, goal float64) error {
	s, err := b.witness("--attribution", way)
	if err != nil {
		return err
	}
	before, err := s.cpu()
	if err != nil {
		return errors.Join(err, s.kill())
	}
	truth, err := c.churn("clients", serverAddr, strconv.Itoa(serverPorts), strconv.Itoa(churnRate),
		strconv.Itoa(churnEach), strconv.Itoa(churnLife), strconv.FormatInt(churnTime.Milliseconds(), 10))
	if err != nil {
		return errors.Join(err, s.kill())
	}
	time.Sleep(churnQuiet)
	after, err := s.cpu()
	if err != nil {
		return errors.Join(err, s.kill())
	}
	r, err := s.last()
	if err != nil {
		return err
	}
	b.out.row(churnRow(way, truth, r, float64(after-before)/float64(truth.Took), goal)...)
	return nil
}

func churnRow(way string, truth *churn.Truth, r *export.Record, cpu, goal float64) []string {
	v := truth.Judge(r.Flows)
	share, aim := 100*v.Share(), ""
	switch {
	case len(v.Wrong) > 0:
		aim = "0 wrong MISSED: " + v.Wrong[0]
	case goal > 0:
		aim = verdict(-share, -goal, fmt.Sprintf(">= %.1f %%", goal))
	}
	lost := "-"
	if r.Ownership != nil {
		lost = fmt.Sprint(r.Ownership.Lost)
	}
	return []string{
		way, perSecond(truth.Connections, truth.Took), perSecond(truth.Processes, truth.Took),
		fmt.Sprintf("%d of %d", v.Seen, v.Connections), fmt.Sprintf("%.2f %%", share),
		counts(v.Right), counts(v.Unknown), fmt.Sprint(len(v.Wrong)), lost, fmt.Sprintf("%.0f", 100*cpu), aim,
	}
}

func perSecond(n int, took time.Duration) string {
	return fmt.Sprintf("%.0f", float64(n)/took.Seconds())
}

// counts prints how many there are of what, the most first.
func counts(of map[string]int) string {
	names := slices.SortedFunc(maps.Keys(of), func(a, b string) int { return of[b] - of[a] })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, of[name])
	}
	if len(names) == 0 {
		return "-"
	}
	return strings.Join(names, ", ")
}
