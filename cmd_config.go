package main

import "sockeye/config"

// configCmd prints the defaults.
type configCmd struct{}

// Run prints a configuration file in which every key stands with its default.
func (configCmd) Run(a *app) error {
	_, err := a.stdout.Write(config.DefaultFile())
	return writeError(err)
}
