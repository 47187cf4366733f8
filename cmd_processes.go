package main

import "sockeye/config"

// processesCmd shows what each process carries, live.
type processesCmd struct {
	captureFlags
	limitFlags
	countFlags
	recordFlags
	ownerFlags
}

func (c *processesCmd) apply(conf *config.Config, given map[string]bool) error {
	c.captureFlags.apply(conf, given)
	c.recordFlags.apply(conf, given)
	c.ownerFlags.apply(conf, given)
	return c.limitFlags.apply(conf, given)
}

// Run is a live capture whose records are about processes. What flows say and how
// their ends are called is of no account.
func (c *processesCmd) Run(a *app) error {
	if err := c.needed("processes"); err != nil {
		return err
	}
	live := liveCmd{
		captureFlags: c.captureFlags, limitFlags: c.limitFlags, inspectFlags: inspectFlags{NoDPI: true},
		countFlags: c.countFlags, ownerFlags: c.ownerFlags,
		outputFlags: outputFlags{
			recordFlags: c.recordFlags, Groups: []string{"process"}, processes: true,
			NoNames: true, NoPortNames: true, placeFlags: placeFlags{NoGeoIP: true},
		},
	}
	return live.Run(a)
}
