// Package screen gives the dashboard's tests something to show: a source with fixed
// flows whose sums add up, and a screen that keeps what was drawn on it.
package screen
