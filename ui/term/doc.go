// Package term is the terminal: a canvas of cells that widgets draw on, the events that
// a person makes with keys and mouse, and the device that carries both. It alone imports
// termui and termbox, and knows nothing of what is drawn.
package term
