// Package tab holds the dashboard's tabs, one file or a few for each, and the model that
// they draw: what the engine says, and how people want to see it. A tab draws the model
// and changes its own place in it; the loop, the keys and the windows that lie over the
// tabs are package ui's.
package tab
