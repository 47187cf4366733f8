// Package picture turns what a terminal shows into pictures: Parse reads the text and
// escape sequences that tmux's capture-pane -pe prints, and SVG draws the cells.
//
// In a picture every cell has its place, whatever font it is shown with. Letters are
// text that can be selected. Lines, blocks and Braille are shapes: fonts leave gaps
// between them, and bars and curves with gaps are not what a terminal shows.
package picture
