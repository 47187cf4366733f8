// Package config reads the configuration file: YAML, every key checked, every
// complaint with its line; and changes single keys of it, as the dashboard does,
// leaving all else as people wrote it. It also knows whose files they are when the
// program runs under sudo(8), and where the XDG Base Directory Specification puts
// them.
package config
