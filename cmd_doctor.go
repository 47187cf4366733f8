package main

import (
	"cmp"
	"encoding/json"
	"os"
)

// doctorCmd tells what works on this machine, what does not, why, and what helps.
type doctorCmd struct {
	JSON bool `help:"As one JSON object."`
}

// Run tries everything. It fails when the main job cannot be done: to capture
// packets and to find out whose they are.
func (c *doctorCmd) Run(a *app) error {
	d := &diagnosis{Schema: doctorSchema, System: thisSystem()}
	d.examine()
	d.add(placesFinding(&a.cli.Live.placeFlags))
	d.add(newScreen(a.stdout, os.Getenv).findings()...)
	d.add(settingsFinding(a.config, a.misconfigured))
	d.conclude()
	var err error
	if c.JSON {
		enc := json.NewEncoder(a.stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(d)
	} else {
		err = printDiagnosis(a.stdout, d)
	}
	if err := writeError(err); err != nil {
		return err
	}
	if f := d.obstacle(); f != nil {
		return &obstacleError{f}
	}
	return nil
}

// obstacleError says that the main job cannot be done.
type obstacleError struct{ *finding }

func (e *obstacleError) Error() string {
	return e.Means + ": " + cmp.Or(e.Why, e.Name)
}
