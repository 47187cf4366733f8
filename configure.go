package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sockeye/config"
)

// configure gives the options that the command line left open their values from
// the configuration file.
func (a *app) configure(ctx *kong.Context, user config.User) error {
	conf, path, err := (*config.Config)(nil), a.cli.Config, error(nil)
	if path == "" {
		conf, path, err = config.LoadDefault(user)
	} else {
		conf, err = config.Load(path)
	}
	a.config, a.settings = path, conf
	given := map[string]bool{}
	for _, p := range ctx.Path {
		if p.Flag != nil {
			given[p.Flag.Name] = true
		}
	}
	// Of a file that is wrong those keys hold that can be read: who does not give up for
	// the error goes on with them.
	if applied := a.cli.apply(conf, given); err != nil {
		return configError(err)
	} else if err = applied; err != nil {
		wrong := &usageError{err: fmt.Errorf("%s: %w", path, err)}
		if limit := unknownLimit(""); errors.As(err, &limit) {
			wrong.hint = limit.hint()
		}
		return wrong
	}
	return nil
}

// configError says what is wrong with a configuration file.
func configError(err error) error {
	e := &usageError{err: err}
	var bad *config.Error
	switch {
	case errors.As(err, &bad) && bad.Unknown:
		e.hint = suggest("", bad.Key, config.Keys(), "the keys are "+strings.Join(config.Keys(), ", "))
	case errors.Is(err, fs.ErrNotExist):
		e.hint = "leave out --config to run on defaults"
	}
	return e
}

// setting takes one key of the configuration over into the flags.
func setting[T any](to *T, from *T, given bool) {
	if from != nil && !given {
		*to = *from
	}
}

// amount turns a number of the configuration into one of the flags.
func amount[T ~int](v *int) *T {
	if v == nil {
		return nil
	}
	return new(T(*v))
}

// apply takes the configuration over where no flag was given.
func (c *cli) apply(conf *config.Config, given map[string]bool) error {
	setting(&c.LogLevel, conf.LogLevel, given["log-level"])
	for _, o := range []*outputFlags{&c.Live.outputFlags, &c.Read.outputFlags} {
		o.apply(conf, given)
	}
	for _, f := range []*inspectFlags{&c.Live.inspectFlags, &c.Read.inspectFlags} {
		setting(&f.NoDPI, not(conf.DPI), given["no-dpi"])
	}
	c.Read.Groups = slices.DeleteFunc(c.Read.Groups, func(by string) bool {
		return !given["group"] && (&outputFlags{Groups: []string{by}}).byOwner() != ""
	}) // those are for live captures
	for _, f := range []*countFlags{&c.Live.countFlags, &c.Read.countFlags, &c.Processes.countFlags} {
		if err := f.apply(conf, given); err != nil {
			return err
		}
	}
	c.Sockets.ownerFlags.apply(conf, given)
	if err := c.Processes.apply(conf, given); err != nil {
		return err
	}
	return c.Live.apply(conf, given)
}

func (f *captureFlags) apply(conf *config.Config, given map[string]bool) {
	if len(conf.Interface) > 0 && !given["interface"] {
		f.Interface = conf.Interface
	}
	setting(&f.Promiscuous, conf.Promiscuous, given["promiscuous"])
	setting(&f.Snaplen, amount[number](conf.Snaplen), given["snaplen"])
	setting(&f.RingSize, conf.RingSize, given["ring-size"])
	setting(&f.Queues, amount[queueCount](conf.Queues), given["queues"])
}

func (f *limitFlags) apply(conf *config.Config, given map[string]bool) error {
	setting(&f.ShowLocalhost, conf.ShowLocalhost, given["show-localhost"])
	f.localhostSet = given["show-localhost"] || conf.ShowLocalhost != nil
	for i := 0; i < len(conf.Timeout) && !given["timeout"]; i++ {
		if err := f.Timeouts.UnmarshalText([]byte(conf.Timeout[i])); err != nil {
			return fmt.Errorf("key timeout: %w", err)
		}
	}
	return nil
}

func (f *recordFlags) apply(conf *config.Config, given map[string]bool) {
	setting(&f.Interval, conf.RefreshInterval, given["refresh-interval"])
	setting(&f.Top, amount[number](conf.Top), given["top"])
	setting(&f.Order, conf.Order, given["order"])
	setting(&f.NoBars, not(conf.Bars), given["no-bars"])
	setting(&f.Bytes, conf.Bytes, given["bytes"])
}

func (o *outputFlags) apply(conf *config.Config, given map[string]bool) {
	o.recordFlags.apply(conf, given)

	if len(conf.Group) > 0 && !given["group"] {
		o.Groups, o.groupsConfigured = slices.Clone(conf.Group), true
	}
	setting(&o.NoNames, not(conf.Names), given["no-names"])
	setting(&o.NoPortNames, not(conf.PortNames), given["no-port-names"])
	setting(&o.HidePorts, not(conf.Ports), given["hide-ports"])
	setting(&o.HideOwners, not(conf.Processes), given["no-processes"])
	o.placeFlags.apply(conf, given)
}

func (c *countFlags) apply(conf *config.Config, given map[string]bool) error {
	if conf.Filter != nil && !given["filter"] {
		c.Filter, c.filterConfigured = *conf.Filter, true
	}
	setting(&c.Decap, conf.Decap, given["decap"])
	setting(&c.MaxFlows, amount[flowCap](conf.MaxFlows), given["max-flows"])
	if conf.Direction != nil && !given["direction"] {
		if err := c.Direction.UnmarshalText([]byte(*conf.Direction)); err != nil {
			return fmt.Errorf("key direction: %w", err)
		}
	}
	if !given["net-filter"] {
		c.NetFilter = slices.Grow(c.NetFilter[:0], len(conf.NetFilter))[:len(conf.NetFilter)]
		for i, text := range conf.NetFilter {
			if err := c.NetFilter[i].UnmarshalText([]byte(text)); err != nil {
				return fmt.Errorf("key net_filter: %w", err)
			}
		}
	}
	return nil
}

// not turns a key that says what to show into a flag that says what not to.
func not(v *bool) *bool {
	if v == nil {
		return nil
	}
	return new(!*v)
}
