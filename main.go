// Command sockeye shows every connection that a machine makes: live, or from a
// capture file; on a terminal, as text, or as JSON lines for scripts.
//
// Its exit code is 0 for success, 1 for a failure, 2 for wrong usage or
// configuration, and 3 for a damaged capture file, of which everything before
// the damage was shown.
package main

import "os"

func main() {
	a := &app{stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(a.run(os.Args[1:]))
}
