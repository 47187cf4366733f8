package capture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"sockeye/parse/filter"
)

// A FilterSetter is a Source whose filter can be changed while it captures.
type FilterSetter interface {
	// SetFilter puts another filter in the place of the one that the source has,
	// on all sources that were opened together with it. Each packet meets the
	// one or the other. Once it returns, every packet that comes meets the new
	// one. After an error all have the old one still; it is a *filter.Error where
	// the expression cannot apply to the target.
	SetFilter(f *Filter) error
}

// refilter asks the run loop for another filter.
type refilter struct {
	filter *Filter
	done   chan refiltered
}

// refiltered is the run loop's answer: what the workers shall have read until
// all that the old filter took is handed over.
type refiltered struct {
	marks []mark
	err   error
}

type mark struct {
	w    *worker
	want uint64
}

// SetFilter changes the filter of a capture while Run runs, without a gap:
// what comes before the change is captured by the old filter and what comes
// after it by the new one; nil takes everything. It returns once all that the
// old filter took has been handed to the sinks, after 200 ms at the latest.
//
// As at the start, interfaces of the default set to whose link type the
// expression cannot apply are left out; if it applies to none, or one was asked
// for by name, the error is a *filter.Error. After any error the old filter
// stays. Without a run the error is ErrClosed, or ctx's own once that is done.
func (e *Engine) SetFilter(ctx context.Context, f *Filter) error {
	r := refilter{f, make(chan refiltered, 1)}
	select {
	case e.refilters <- r:
	case <-e.ended:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	answer := <-r.done // the run loop has it: it comes soon
	if answer.err != nil {
		return answer.err
	}
	deadline := time.Now().Add(drainTime)
	for _, m := range answer.marks {
		m.wait(deadline)
	}
	return nil
}

// wait waits until the worker has read that many packets, or has ended.
func (m *mark) wait(deadline time.Time) {
	const look = 5 * time.Millisecond // a ring hands packets over every 60 ms
	for m.w.taken.Load() < m.want && time.Now().Before(deadline) {
		select {
		case <-m.w.done:
			return
		case <-time.After(look):
		}
	}
}

// setFilter is the run loop's part of SetFilter.
func (e *Engine) setFilter(f *Filter, now time.Time) refiltered {
	var changed, unfit []*port
	var first error // why the first of unfit is that
	for _, p := range e.ports {
		if len(p.workers) == 0 {
			continue
		}
		switch err := p.setFilter(f); {
		case err == nil:
			changed = append(changed, p)
		case !isUnfit(err) || len(e.cfg.Names) > 0:
			e.restoreFilter(changed)
			return refiltered{err: err}
		default:
			unfit = append(unfit, p)
			first = cmp.Or(first, err)
		}
	}
	if len(changed) == 0 && first != nil {
		return refiltered{err: first}
	}
	e.cfg.Options.Filter = f
	answer := refiltered{marks: marksOf(changed)}
	for _, p := range e.ports {
		if p.unfit {
			p.unfit, p.retryAt = false, time.Time{} // the new one may apply
		}
	}
	for _, p := range unfit {
		p.unfit = true
		e.shut(p, StateFailed, first, now)
	}
	return answer
}

// setFilter changes the filter of an open port.
func (p *port) setFilter(f *Filter) error {
	s, ok := p.workers[0].src.(FilterSetter)
	if !ok {
		return fmt.Errorf("change the filter of %s: %w", p.name, ErrNotSupported)
	}
	err := s.SetFilter(f)
	if errors.Is(err, ErrClosed) {
		return nil // it failed on its own, and will be opened with the new one
	}
	return err
}

// restoreFilter gives ports the filter back that they had. One that refuses has
// failed, or will with its next read.
func (e *Engine) restoreFilter(ports []*port) {
	for _, p := range ports {
		_ = p.setFilter(e.cfg.Options.Filter)
	}
}

// marksOf returns what the workers of ports have to read of what the kernel has
// taken so far.
func marksOf(ports []*port) []mark {
	var all []mark
	for _, p := range ports {
		for _, w := range p.workers {
			s := w.poll()
			all = append(all, mark{w, s.Received - s.Dropped})
		}
	}
	return all
}

// isUnfit reports whether an interface could not be opened because the filter
// cannot apply to it.
func isUnfit(err error) bool { return unfitness(err) != nil }

// unfitness returns what the filter itself says of that, nil where it is not to
// blame.
func unfitness(err error) *filter.Error {
	bad, _ := errors.AsType[*filter.Error](err)
	return bad
}
