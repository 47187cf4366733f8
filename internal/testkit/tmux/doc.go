// Package tmux drives tmux for tests: a terminal that can be typed into, clicked on and
// resized, and whose screen can be read. What it shows is what a person would see.
package tmux
