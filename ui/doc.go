// Package ui is the dashboard: the one loop that owns the screen and the model, the
// table of actions that keys and clicks go through, the bars around the tabs and the
// windows over them. What the tabs show is package tab's, how it looks package theme's,
// and the terminal is package term's.
//
// A collector fetches what the engine says in a goroutine of its own, so that neither
// waits for the other: a terminal that takes nothing stops the drawing alone. Whatever
// may take a while (changing the capture, writing a file) is done off the loop, which is
// told of the end.
package ui
